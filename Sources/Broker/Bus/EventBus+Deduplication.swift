internal import EventLog
internal import Logging

extension EventBus {
    /// Publishes those drafts whose deduplication ids have not been seen lately; the others get the ids of the events
    /// that were published under them, if these say the same. Drafts without an id are published.
    func publishOnce(
        _ drafts: [EventDraft], asOne: Bool, known knownCount: inout Int
    ) async -> [Result<EventID, PublishError>] {
        let contents = drafts.map { $0.deduplicationID == nil ? 0 : Envelope.contentHash(of: $0.envelope) }
        let known = await deduplication.claim(Set(drafts.compactMap(\.deduplicationID)), at: clock.now())
        // The first of several with one id stands for all of them.
        var firsts: [String: Int] = [:]
        var fresh: [Int] = []
        var conflicts: Set<Int> = []
        for (place, draft) in drafts.enumerated() {
            if let id = draft.deduplicationID {
                if let content = known[id]?.content ?? firsts[id].map({ contents[$0] }) {
                    if content != contents[place] { conflicts.insert(place) }
                    continue
                }
                firsts[id] = place
            }
            fresh.append(place)
        }
        if asOne, !conflicts.isEmpty {
            deduplication.settle(firsts.keys, [:])
            return drafts.indices.map { .failure(conflicts.contains($0) ? .contentDiffers : .withheld) }
        }
        knownCount += drafts.count - fresh.count - conflicts.count
        let published = Dictionary(
            uniqueKeysWithValues: zip(fresh, await publishAll(fresh.map { drafts[$0] })))
        var publications: [String: DeduplicationWindow.Publication] = [:]
        for (id, place) in firsts {
            guard let event = try? published[place]?.get() else { continue }
            publications[id] = .init(event: event, content: contents[place])
        }
        deduplication.settle(firsts.keys, publications)
        return drafts.indices.map { place in
            if let result = published[place] { return result }
            guard let id = drafts[place].deduplicationID else { return .failure(.logFailed) }
            if conflicts.contains(place) { return .failure(.contentDiffers) }
            if let known = known[id] { return .success(known.event) }
            return firsts[id].flatMap { published[$0] } ?? .failure(.logFailed)
        }
    }

    /// Looks up in the log what was published lately.
    ///
    /// What cannot be read there counts as never published, as what was longer ago does: a bus that did not begin would
    /// cost more than an event that somebody publishes twice.
    func loadDeduplication() async {
        var found: [(id: String, publication: DeduplicationWindow.Publication)] = []
        do {
            try await forEachEvent(since: clock.now() - DeduplicationWindow.duration) { event in
                guard let id = event.deduplicationID else { return }
                found.append((id, .init(event: event.id, content: Envelope.contentHash(of: event.envelope))))
            }
        } catch {
            logger.error(
                "event log cannot be read: not all deduplication ids of the last minutes are known, so an event that is published again may be there twice",
                metadata: ["error": "\(error)"])
        }
        deduplication.load(found)
    }

    private func forEachEvent(since time: Int64, _ body: (Event) -> Void) async throws {
        var position = try await log.place(before: time)
        while true {
            let slice = try await log.read(
                after: position, maxEvents: limits.batchEvents, maxBytes: limits.batchBytes)
            guard let last = slice.events.last else { return }
            position = last.sequence
            for event in slice.events { body(event.event) }
        }
    }
}
