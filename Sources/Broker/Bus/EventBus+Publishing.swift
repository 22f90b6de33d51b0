package import EventLog
internal import Logging

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
    /// - Returns: for each draft the id of its event, or why it was not taken. All are taken or none.
    package func publish(_ drafts: [EventDraft]) async -> [Result<EventID, PublishError>] {
        guard !drafts.isEmpty else { return [] }
        let bytes = drafts.reduce(0) { $0 + $1.size + Envelope.frameBytes }
        guard await window.enter(bytes: bytes) else { return drafts.map { _ in .failure(.stopped) } }
        // Made only now, so that ids are close to the order of the log even when publishers had to wait.
        let now = clock.now()
        let events = drafts.map { draft in
            let id = ids.next(at: now)
            let time = draft.time ?? now
            return Event(id: id, time: time, envelope: envelope.bytes(of: draft, id: id, time: time))
        }
        do {
            let sequences = try await log.append(events)
            leave(bytes: bytes, through: sequences.last)
            metrics.published(events.count)
            return events.map { .success($0.id) }
        } catch {
            leave(bytes: bytes, through: nil)
            metrics.publishingFailed(events.count)
            logger.error(
                "event log refused events", metadata: ["events.count": "\(events.count)", "error": "\(error)"])
            return events.map { _ in .failure(.logFailed) }
        }
    }

    private func leave(bytes: Int, through sequence: SequenceNumber?) {
        // A bus that is stopping waits for the last publisher, and its owner may be asleep.
        if window.leave(bytes: bytes, through: sequence) { mailbox.wake() }
    }
}
