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
        let bytes = drafts.reduce(0) { $0 + $1.size + Envelope.frameBytes }
        guard await window.enter(bytes: bytes) else { return drafts.map { _ in .failure(.stopped) } }
        let events = events(of: drafts)
        do {
            return appended(events, bytes: bytes, through: try await log.append(events).last)
        } catch {
            return refused(events, bytes: bytes, error)
        }
    }

    /// The same for callers that have no task: takes its place among the calls of `publish(_:)`. To be followed by
    /// `announce()`.
    ///
    /// - Parameter later: gets the answer of a log that takes a while; called on a thread of the log, which it must not
    ///   hold up.
    package func publish(
        _ drafts: [EventDraft], later: @escaping @Sendable ([Result<EventID, PublishError>]) -> Void
    ) -> PromptAnswer<[Result<EventID, PublishError>]> {
        guard !drafts.isEmpty else { return .now([]) }
        // Those may have to wait for another publisher.
        guard !drafts.contains(where: { $0.deduplicationID != nil }) else { return .needsTask }
        let bytes = drafts.reduce(0) { $0 + $1.size + Envelope.frameBytes }
        guard let promptLog, window.enterAtOnce(bytes: bytes) else { return .needsTask }
        let events = events(of: drafts)
        do {
            let stored = try promptLog.append(events) { [self] result in
                switch result {
                case .success(let sequences): later(appended(events, bytes: bytes, through: sequences.last))
                case .failure(let error): later(refused(events, bytes: bytes, error))
                }
            }
            isUnannounced.store(true, ordering: .releasing)
            guard let stored else { return .later }
            return .now(appended(events, bytes: bytes, through: stored.last))
        } catch {
            return .now(refused(events, bytes: bytes, error))
        }
    }

    /// Has what was published without a task stored and delivered. One call may follow many: it wakes a thread, which
    /// costs more than publishing an event.
    package func announce() {
        guard isUnannounced.exchange(false, ordering: .acquiringAndReleasing) else { return }
        promptLog?.proceed()
    }

    /// Whether `publish(_:later:)` would take a small event at this moment: asked before work that would be in vain.
    package var publishesPromptly: Bool { promptLog != nil && window.isOpen }

    /// Made only when the publisher has been let in, so that ids are close to the order of the log.
    private func events(of drafts: [EventDraft]) -> [Event] {
        let now = clock.now()
        return drafts.map { draft in
            let id = ids.next(at: now)
            let time = draft.time ?? now
            return Event(
                id: id, time: time, envelope: envelope.bytes(of: draft, id: id, time: time),
                deduplicationID: draft.deduplicationID)
        }
    }

    private func appended(
        _ events: [Event], bytes: Int, through sequence: SequenceNumber?
    ) -> [Result<EventID, PublishError>] {
        leave(bytes: bytes, through: sequence)
        metrics.published(events.count)
        return events.map { .success($0.id) }
    }

    private func refused(_ events: [Event], bytes: Int, _ error: any Error) -> [Result<EventID, PublishError>] {
        leave(bytes: bytes, through: nil)
        metrics.publishingFailed(events.count)
        logger.error("event log refused events", metadata: ["events.count": "\(events.count)", "error": "\(error)"])
        return events.map { _ in .failure(.logFailed) }
    }

    private func leave(bytes: Int, through sequence: SequenceNumber?) {
        // A bus that is stopping waits for the last publisher, and its owner may be asleep.
        if window.leave(bytes: bytes, through: sequence) { mailbox.wake() }
    }
}
