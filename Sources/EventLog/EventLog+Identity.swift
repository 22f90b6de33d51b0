extension EventLog {
    /// The greatest id in the log, above which new ones must be: nearly always that of the newest event, but publishers
    /// that come at the same moment may append in another order than they took their ids.
    package func greatestID() async throws -> EventID? {
        guard let newest = try await contents()?.newest else { return nil }
        let nearby = SequenceNumber(rawValue: newest.sequence.rawValue - min(newest.sequence.rawValue, 1_024))
        let slice = try await read(after: nearby, maxEvents: 1_024, maxBytes: .max)
        return slice.events.map(\.event.id).max()
    }
}
