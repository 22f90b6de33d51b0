package import EventLog

/// What was found when a damaged log was opened, and what became of it. The description is for the operator.
package struct SalvageReport: Sendable, CustomStringConvertible {
    /// Events that are lost.
    package struct Loss: Hashable, Sendable {
        /// The last event before them that was saved; `.zero` when there is none.
        package let after: SequenceNumber
        /// The first event behind them that was saved.
        package let before: SequenceNumber
        /// How many there were.
        package let events: Int

        package init(after: SequenceNumber, before: SequenceNumber, events: Int) {
            self.after = after
            self.before = before
            self.events = events
        }
    }

    /// What was wrong with the file.
    package let reason: String
    /// How many events were saved.
    package let saved: Int
    /// What is missing between saved events, in order. What is missing behind the last one nobody knows.
    package let losses: [Loss]
    /// The newest event that was saved.
    package let newest: SequenceNumber?
    /// Where the damaged file is now; its write-ahead log, if it had one, is beside it.
    package let damagedFile: String

    package var description: String {
        let ranges = losses.prefix(20).map { loss in
            loss.after == .zero
                ? "\(loss.events) before number \(loss.before)"
                : "\(loss.events) between numbers \(loss.after) and \(loss.before)"
        }
        let more = losses.count > 20 ? ["\(losses.count - 20) more ranges"] : []
        let missing = losses.isEmpty ? "none" : (ranges + more).joined(separator: ", ")
        return """
            the event log was damaged (\(reason)): \(saved) events saved\
            \(newest.map { ", the newest has number \($0)" } ?? ""); missing between them: \(missing); what there may \
            have been behind the newest is lost. The damaged file is kept as \(damagedFile)
            """
    }
}
