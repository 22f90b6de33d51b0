internal import Broker
internal import EventLog

/// How far a request has come.
struct PublishProgress {
    /// The entries that have been dealt with.
    var entries = 0
    /// How many of them were published by an earlier request of the same name.
    var known = 0
}

/// Publishes entries on the buses they are for, and says what became of each, in their order.
struct EventPublisher: Sendable {
    private let buses: EventBuses
    private let clock: WallClock
    private let ids = EventIDGenerator()
    /// What the envelopes of events have in common.
    let envelope: Envelope

    init(buses: EventBuses, clock: WallClock) {
        self.buses = buses
        self.clock = clock
        // Without a default bus nobody gets to see an envelope.
        envelope = buses[nil]?.envelope ?? Envelope(account: "", region: "")
    }

    /// Entries for one bus are appended next to each other. Events for a bus that is not there are dropped, with an id
    /// as if they had been taken: EventBridge does so too.
    ///
    /// - Parameters:
    ///   - key: names the request that they are of; entries may have names of their own.
    ///   - progress: what of the request went before.
    /// - Throws: where a name stands for other content, and there is a key: none of them is published then.
    func publish(
        _ entries: EntryBatch, under key: IdempotencyKey?, _ progress: inout PublishProgress
    ) async throws(RequestError) -> EntryResults {
        let first = progress.entries
        var entries = entries
        entries.name(by: key, from: &progress.entries)
        var (outcomes, parts) = parted(entries)
        for part in parts {
            let published = await part.bus.publish(part.drafts, asOne: key != nil, known: &progress.known)
            if key != nil, let conflict = published.firstIndex(of: .failure(.contentDiffers)) {
                throw .keyStandsForOtherContent(event: first + part.places[conflict] + 1)
            }
            for (place, outcome) in zip(part.places, published) { outcomes[place] = outcome.mapError(Self.entryError) }
        }
        return EntryResults(outcomes)
    }

    /// The same without a task, for entries that are all for one bus. To be followed by `announce()`.
    ///
    /// - Parameters:
    ///   - entries: passed on, so that no event is copied.
    ///   - later: gets the answer that is not there at once; must be short.
    func publish(
        _ entries: consuming EntryBatch, later: @escaping @Sendable (EntryResults) -> Void
    ) -> PromptAnswer<EntryResults> {
        if entries.buses.isEmpty, let bus = buses[nil] {
            let (count, faults) = (entries.count, entries.faults)
            return bus.publish(entries.takeDrafts()) { later(Self.results($0, count, faults)) }
                .map { Self.results($0, count, faults) }
        }
        let (outcomes, parts) = parted(entries)
        guard let part = parts.first else { return .now(EntryResults(outcomes)) }
        guard parts.count == 1 else { return .needsTask }
        let places = part.places
        return part.bus.publish(part.drafts) { later(Self.results($0, places, outcomes)) }
            .map { Self.results($0, places, outcomes) }
    }

    /// Has what was published without a task delivered.
    func announce() { buses.announce() }

    /// Whether `publish(_:later:)` is likely to take an event for the default bus.
    var publishesPromptly: Bool { buses[nil]?.publishesPromptly ?? false }

    /// Entries for one bus.
    private struct Part {
        let bus: EventBus
        var places: [Int] = []
        var drafts: [EventDraft] = []
    }

    /// What is known of each entry before any is published, and the entries of each bus.
    private func parted(_ entries: EntryBatch) -> (outcomes: [Result<EventID, EntryError>], parts: [Part]) {
        // Until a bus has said what became of it.
        var outcomes = [Result<EventID, EntryError>](repeating: .failure(.internalFailure), count: entries.count)
        for fault in entries.faults { outcomes[fault.place] = .failure(fault.error) }
        var parts: [Part] = []
        for (index, place) in entries.draftPlaces.enumerated() {
            guard let bus = buses[entries.buses.isEmpty ? nil : entries.buses[index]] else {
                outcomes[place] = .success(ids.next(at: clock.now()))
                continue
            }
            let part = parts.firstIndex { $0.bus === bus } ?? parts.endIndex
            if part == parts.endIndex { parts.append(Part(bus: bus)) }
            parts[part].places.append(place)
            parts[part].drafts.append(entries.drafts[index])
        }
        return (outcomes, parts)
    }

    /// - Parameter count: of all entries, of which those without a fault were published.
    private static func results(
        _ published: Result<[EventID], PublishError>, _ count: Int, _ faults: [EntryFault]
    ) -> EntryResults {
        switch published {
        case .success(let ids): return EntryResults(ids: ids, faults: faults)
        case .failure(let error):
            var all = (0..<count).map { EntryFault(place: $0, error: entryError(error)) }
            for fault in faults { all[fault.place] = fault }
            return EntryResults(ids: [], faults: all)
        }
    }

    /// - Parameter outcomes: what is known of all entries, of which those at `places` were published.
    private static func results(
        _ published: Result<[EventID], PublishError>, _ places: [Int], _ outcomes: [Result<EventID, EntryError>]
    ) -> EntryResults {
        var outcomes = outcomes
        for (index, place) in places.enumerated() {
            outcomes[place] = published.map { $0[index] }.mapError(entryError)
        }
        return EntryResults(outcomes)
    }

    private static func entryError(_ error: PublishError) -> EntryError {
        error == .contentDiffers ? .nameStandsForOtherContent : .internalFailure
    }
}
