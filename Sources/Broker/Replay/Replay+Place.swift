internal import EventLog

extension Replay.Start {
    /// Finds the place in the log.
    ///
    /// An event that the log does not hold leaves a gap: it may have left the log, and others behind it. Then the replay
    /// begins where the event would be by its time.
    func place(in log: any EventLog) async throws -> PatternPlace {
        guard let contents = try await log.contents() else {
            // Whatever was there before is gone.
            let wasThere =
                switch self {
                case .after: true
                case .afterSequence(let sequence): sequence > .zero
                case .since, .horizon: false
                }
            return PatternPlace(
                sequence: try await log.head(), event: nil, reach: .init(gap: wasThere, oldest: nil))
        }
        let beginning = SequenceNumber(rawValue: contents.oldest.sequence.rawValue - 1)
        func place(_ sequence: SequenceNumber, gap: Bool, _ event: EventID? = nil) -> PatternPlace {
            PatternPlace(
                sequence: max(sequence, beginning), event: event, reach: .init(gap: gap, oldest: contents.oldest.id))
        }
        switch self {
        case .horizon:
            return place(beginning, gap: false)
        case .since(let time):
            let sequence = try await log.place(before: time)
            // The log does not tell when what it let go of had arrived.
            let reachesBack = contents.oldest.id.time < time || contents.oldest.sequence.rawValue == 1
            return place(sequence, gap: !reachesBack)
        case .after(let id):
            if let sequence = try await log.place(of: id) { return place(sequence, gap: false, id) }
            return place(try await log.place(before: id.time), gap: true)
        case .afterSequence(let sequence):
            // A place beyond the end is of another log.
            guard sequence <= contents.newest.sequence else { return place(beginning, gap: true) }
            return place(sequence, gap: sequence < beginning)
        }
    }
}
