package import EventLog
internal import Logging
internal import Synchronization

/// Why an event was not taken.
package enum PublishError: Error, Hashable, Sendable {
    /// The bus is stopping or has stopped.
    case stopped
    /// The log could not store it; the reason is for the operator's log, not for publishers.
    case logFailed
    /// Its deduplication id stands for an event of other content.
    case contentDiffers
    /// That holds for another one of the same call, all or none of which were to be taken.
    case withheld
}

extension EventBus {
    /// Builds the envelopes of events and appends them to the log, next to each other and in order.
    ///
    /// Waits while `Limits.undeliveredBytes` are taken, first come first served, and until the log has stored them.
    ///
    /// - Parameter asOne: whether none is taken when the deduplication id of one of them stands for other content.
    /// - Returns: for each draft the id of its event, or why it was not taken. All are taken or none, but for those whose
    ///   deduplication ids are known.
    package func publish(_ drafts: [EventDraft], asOne: Bool = false) async -> [Result<EventID, PublishError>] {
        var known = 0
        return await publish(drafts, asOne: asOne, known: &known)
    }

    /// - Parameter known: goes up by how many were published before.
    package func publish(
        _ drafts: [EventDraft], asOne: Bool, known: inout Int
    ) async -> [Result<EventID, PublishError>] {
        guard drafts.contains(where: { $0.deduplicationID != nil }) else { return await publishAll(drafts) }
        return await publishOnce(drafts, asOne: asOne, known: &known)
    }

    func publishAll(_ drafts: [EventDraft]) async -> [Result<EventID, PublishError>] {
        guard !drafts.isEmpty else { return [] }
        let bytes = drafts.reduce(0) { $0 + $1.envelope.count }
        guard await window.enter(bytes: bytes) else { return drafts.map { _ in .failure(.stopped) } }
        let (ids, events) = events(of: drafts)
        let outcome: Result<[EventID], PublishError>
        do {
            outcome = appended(ids, bytes: bytes, through: try await log.append(events).last)
        } catch {
            outcome = refused(events.count, bytes: bytes, error)
        }
        switch outcome {
        case .success(let ids): return ids.map { .success($0) }
        case .failure(let error): return events.map { _ in .failure(error) }
        }
    }

    /// The same for callers that have no task: takes its place among the calls of `publish(_:)`. To be followed by
    /// `announce()`.
    ///
    /// - Parameters:
    ///   - drafts: passed on, so that their envelopes are not copied.
    ///   - later: gets the answer of a log that takes a while; called on a thread of the log, which it must not hold up.
    /// - Returns: the ids of all events, or why none was taken.
    package func publish(
        _ drafts: consuming [EventDraft], later: @escaping @Sendable (Result<[EventID], PublishError>) -> Void
    ) -> PromptAnswer<Result<[EventID], PublishError>> {
        guard !drafts.isEmpty else { return .now(.success([])) }
        // Those may have to wait for another publisher.
        guard !drafts.contains(where: { $0.deduplicationID != nil }) else { return .needsTask }
        let bytes = drafts.reduce(0) { $0 + $1.envelope.count }
        guard let promptLog, window.enterAtOnce(bytes: bytes) else { return .needsTask }
        let (ids, events) = events(of: drafts)
        let count = ids.count
        do {
            let stored = try promptLog.append(events) { [self] result in
                switch result {
                case .success(let sequences): later(appended(ids, bytes: bytes, through: sequences.last))
                case .failure(let error): later(refused(count, bytes: bytes, error))
                }
            }
            unannouncedBytes.wrappingAdd(stored == nil ? Self.unstoredBytes : bytes, ordering: .acquiringAndReleasing)
            guard let stored else { return .later }
            return .now(appended(ids, bytes: bytes, through: stored.last))
        } catch {
            return .now(refused(count, bytes: bytes, error))
        }
    }

    /// Has what was published without a task stored and delivered. One call may follow many: it wakes a thread, which
    /// costs more than publishing an event. Where there is little to match and the owner is at rest, its work is done on
    /// the calling thread instead.
    package func announce() {
        guard let promptLog else { return }
        let bytes = unannouncedBytes.exchange(0, ordering: .acquiringAndReleasing)
        guard bytes > 0 else { return }
        guard matchCost.isSmall(bytes: bytes) else { return promptLog.proceed() }
        executor.lendThread { promptLog.proceed() }
    }

    /// Whether `publish(_:later:)` would take a small event at this moment: asked before work that would be in vain.
    package var publishesPromptly: Bool { isPrompt && window.isOpen }

    /// Made only when the publisher has been let in, so that ids are close to the order of the log.
    private func events(of drafts: consuming [EventDraft]) -> (ids: [EventID], events: [Event]) {
        let now = clock.now()
        let nowText = RFC3339.wholeSeconds(now)
        let ids = ids.next(drafts.count, at: now)
        var events: [Event] = []
        events.reserveCapacity(ids.count)
        for index in ids.indices { events.append(drafts[index].event(id: ids[index], now: now, nowText: nowText)) }
        return (ids, events)
    }

    private func appended(
        _ ids: [EventID], bytes: Int, through sequence: SequenceNumber?
    ) -> Result<[EventID], PublishError> {
        leave(bytes: bytes, through: sequence)
        metrics.published(ids.count)
        return .success(ids)
    }

    private func refused(_ count: Int, bytes: Int, _ error: any Error) -> Result<[EventID], PublishError> {
        leave(bytes: bytes, through: nil)
        metrics.publishingFailed(count)
        logger.error("event log refused events", metadata: ["events.count": "\(count)", "error": "\(error)"])
        return .failure(.logFailed)
    }

    private func leave(bytes: Int, through sequence: SequenceNumber?) {
        // A bus that is stopping waits for the last publisher, and its owner may be asleep.
        if window.leave(bytes: bytes, through: sequence) { mailbox.wake() }
    }
}
