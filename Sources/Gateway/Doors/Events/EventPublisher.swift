internal import Broker
internal import EventLog

/// Publishes entries on the buses they are for, and says what became of each, in their order.
struct EventPublisher: Sendable {
    /// An event and the bus it is for.
    struct Entry {
        let draft: EventDraft
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

    /// Entries for one bus are appended next to each other. Events for a bus that is not there are dropped, with an id
    /// as if they had been taken: EventBridge does so too.
    func publish(_ entries: [Result<Entry, EntryError>]) async -> [EntryResult] {
        var results: [EntryResult] = []
        var batches: [(bus: EventBus, places: [Int], drafts: [EventDraft])] = []
        for (place, entry) in entries.enumerated() {
            switch entry {
            case .failure(let error): results.append(.failure(error))
            case .success(let entry):
                results.append(.success(ids.next(at: clock.now())))
                guard let bus = buses[entry.bus] else { continue }
                let batch = batches.firstIndex { $0.bus === bus } ?? batches.endIndex
                if batch == batches.endIndex { batches.append((bus, [], [])) }
                batches[batch].places.append(place)
                batches[batch].drafts.append(entry.draft)
            }
        }
        for (bus, places, drafts) in batches {
            for (place, result) in zip(places, await bus.publish(drafts)) {
                results[place] = result.mapError { _ in .internalFailure }
            }
        }
        return results
    }
}
