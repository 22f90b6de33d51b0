internal import Broker
internal import EventLog

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
    func publish(_ entries: [Result<Entry, EntryError>]) async -> [EntryResult] {
        var (results, batches) = sorted(entries)
        for batch in batches {
            Self.set(&results, batch, await batch.bus.publish(batch.drafts))
        }
        return results
    }

    /// The same without waiting; nil when there is something to wait for, or more than one bus. Then nothing has been
    /// published. To be followed by `announce()`.
    func publishAtOnce(_ entries: [Result<Entry, EntryError>]) -> [EntryResult]? {
        var (results, batches) = sorted(entries)
        guard let batch = batches.first else { return results }
        guard batches.count == 1, let published = batch.bus.publishAtOnce(batch.drafts) else { return nil }
        Self.set(&results, batch, published)
        return results
    }

    /// Has what was published at once delivered.
    func announce() { buses.announce() }

    /// Whether `publishAtOnce(_:)` is likely to take an event for the default bus.
    var publishesAtOnce: Bool { buses[nil]?.publishesAtOnce ?? false }

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

    private static func set(
        _ results: inout [EntryResult], _ batch: Batch, _ published: [Result<EventID, PublishError>]
    ) {
        for (place, result) in zip(batch.places, published) {
            results[place] = result.mapError { _ in .internalFailure }
        }
    }
}
