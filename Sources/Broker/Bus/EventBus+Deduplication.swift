internal import EventLog

extension EventBus {
    /// Publishes those drafts whose deduplication ids have not been seen lately; the others get the ids of the events
    /// that were published under them. Drafts without one are published.
    func publishOnce(_ drafts: [EventDraft]) async -> [Result<EventID, PublishError>] {
        let ids = Set(drafts.compactMap(\.deduplicationID))
        let known = await deduplication.claim(ids, at: clock.now())
        // The first of several with one id stands for all of them.
        var firsts: [String: Int] = [:]
        var fresh: [Int] = []
        for (place, draft) in drafts.enumerated() {
            if let id = draft.deduplicationID {
                guard known[id] == nil, firsts[id] == nil else { continue }
                firsts[id] = place
            }
            fresh.append(place)
        }
        let published = Dictionary(
            uniqueKeysWithValues: zip(fresh, await publishAll(fresh.map { drafts[$0] })))
        var events: [String: EventID] = [:]
        for (id, place) in firsts { events[id] = try? published[place]?.get() }
        deduplication.settle(firsts.keys, events)
        return drafts.indices.map { place in
            if let result = published[place] { return result }
            guard let id = drafts[place].deduplicationID else { return .failure(.logFailed) }
            if let event = known[id] { return .success(event) }
            return firsts[id].flatMap { published[$0] } ?? .failure(.logFailed)
        }
    }

    /// Looks up in the log what was published lately.
    func loadDeduplication() async throws {
        var found: [(id: String, event: EventID)] = []
        var position = try await log.place(before: clock.now() - DeduplicationWindow.duration)
        while true {
            let slice = try await log.read(
                after: position, maxEvents: limits.batchEvents, maxBytes: limits.batchBytes)
            guard let last = slice.events.last else { break }
            position = last.sequence
            for event in slice.events {
                if let id = event.event.deduplicationID { found.append((id, event.event.id)) }
            }
        }
        deduplication.load(found)
    }
}
