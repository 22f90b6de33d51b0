package import EventLog
internal import Logging
internal import Synchronization

/// Why an event was not taken.
package enum PublishError: Error, Hashable, Sendable {
    /// The bus is stopping or has stopped.
    case stopped
    /// The log could not store it; the reason is for the operator's log, not for publishers.
    case logFailed
}

extension EventBus {
    /// Builds the envelopes of events and appends them to the log, next to each other and in order.
    ///
    /// Waits while `Limits.undeliveredBytes` are taken, first come first served, and until the log has stored them.
    ///
    /// - Returns: for each draft the id of its event, or why it was not taken. All are taken or none, but for those that
    ///   were published before under the same deduplication id.
    package func publish(_ drafts: [EventDraft]) async -> [Result<EventID, PublishError>] {
        if drafts.contains(where: { $0.deduplicationID != nil }) { return await publishOnce(drafts) }
        return await publishAll(drafts)
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

    /// The same without waiting, for callers that have no task: takes its place among the calls of `publish(_:)`. To be
    /// followed by `announce()`.
    ///
    /// - Returns: nil when there would be something to wait for, for which `publish(_:)` is; nothing has happened then.
    package func publishAtOnce(_ drafts: [EventDraft]) -> [Result<EventID, PublishError>]? {
        guard !drafts.isEmpty else { return [] }
        // Those may have to wait for another publisher.
        guard !drafts.contains(where: { $0.deduplicationID != nil }) else { return nil }
        let bytes = drafts.reduce(0) { $0 + $1.size + Envelope.frameBytes }
        guard let immediateLog, window.enterAtOnce(bytes: bytes) else { return nil }
        let events = events(of: drafts)
        do {
            let sequence = try immediateLog.appendAtOnce(events).last
            isUnannounced.store(true, ordering: .releasing)
            return appended(events, bytes: bytes, through: sequence)
        } catch {
            return refused(events, bytes: bytes, error)
        }
    }

    /// Has what was published at once delivered. One call may follow many: it wakes the owner, which costs more than
    /// publishing an event.
    package func announce() {
        guard isUnannounced.exchange(false, ordering: .acquiringAndReleasing) else { return }
        immediateLog?.tellReaders()
    }

    /// Whether `publishAtOnce(_:)` would take a small event at this moment: asked before work that would be in vain.
    package var publishesAtOnce: Bool { immediateLog != nil && window.isOpen }

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
