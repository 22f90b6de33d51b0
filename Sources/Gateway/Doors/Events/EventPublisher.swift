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
    /// An event and the bus it is for.
    struct Entry {
        var draft: EventDraft
        /// Name or ARN; nil for the default bus.
        var bus: String?
    }

    private let buses: EventBuses
    private let clock: WallClock
    private let ids = EventIDGenerator()

    init(buses: EventBuses, clock: WallClock) {
        self.buses = buses
        self.clock = clock
    }

    private struct Batch {
        let bus: EventBus
        var places: [Int] = []
        var drafts: [EventDraft] = []
    }

    /// Entries for one bus are appended next to each other. Events for a bus that is not there are dropped, with an id
    /// as if they had been taken: EventBridge does so too.
    ///
    /// - Parameters:
    ///   - key: names the request that they are of; entries may have names of their own.
    ///   - progress: what of the request went before.
    /// - Throws: where a name stands for other content, and there is a key: none of them is published then.
    func publish(
        _ entries: [Result<Entry, EntryError>], under key: IdempotencyKey?, _ progress: inout PublishProgress
    ) async throws(RequestError) -> [EntryResult] {
        let first = progress.entries
        var (results, batches) = sorted(entries.named(by: key, from: &progress.entries))
        for batch in batches {
            let published = await batch.bus.publish(batch.drafts, asOne: key != nil, known: &progress.known)
            if key != nil, let conflict = published.firstIndex(of: .failure(.contentDiffers)) {
                throw .keyStandsForOtherContent(event: first + batch.places[conflict] + 1)
            }
            results = Self.results(results, batch.places, published)
        }
        return results
    }

    /// The same without a task, for entries that are for one bus. To be followed by `announce()`.
    ///
    /// - Parameter later: gets the answer that is not there at once; must be short.
    func publish(
        _ entries: [Result<Entry, EntryError>], later: @escaping @Sendable ([EntryResult]) -> Void
    ) -> PromptAnswer<[EntryResult]> {
        let (results, batches) = sorted(entries)
        guard let batch = batches.first else { return .now(results) }
        guard batches.count == 1 else { return .needsTask }
        let places = batch.places
        return batch.bus.publish(batch.drafts) { later(Self.results(results, places, $0)) }
            .map { Self.results(results, places, $0) }
    }

    /// Has what was published without a task delivered.
    func announce() { buses.announce() }

    /// Whether `publish(_:later:)` is likely to take an event for the default bus.
    var publishesPromptly: Bool { buses[nil]?.publishesPromptly ?? false }

    private func sorted(_ entries: [Result<Entry, EntryError>]) -> (results: [EntryResult], batches: [Batch]) {
        var results: [EntryResult] = []
        var batches: [Batch] = []
        results.reserveCapacity(entries.count)
        for (place, entry) in entries.enumerated() {
            switch entry {
            case .failure(let error): results.append(.failure(error))
            case .success(let entry):
                guard let bus = buses[entry.bus] else {
                    results.append(.success(ids.next(at: clock.now())))
                    continue
                }
                // Until the bus has said what became of it.
                results.append(.failure(.internalFailure))
                let batch = batches.firstIndex { $0.bus === bus } ?? batches.endIndex
                if batch == batches.endIndex { batches.append(Batch(bus: bus)) }
                batches[batch].places.append(place)
                batches[batch].drafts.append(entry.draft)
            }
        }
        return (results, batches)
    }

    /// `results` with those of one batch put in their places.
    private static func results(
        _ results: consuming [EntryResult], _ places: [Int], _ published: [Result<EventID, PublishError>]
    ) -> [EntryResult] {
        for (place, result) in zip(places, published) {
            results[place] = result.mapError { $0 == .contentDiffers ? .nameStandsForOtherContent : .internalFailure }
        }
        return results
    }
}
