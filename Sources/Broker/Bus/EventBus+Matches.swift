package import EventLog
package import EventPattern
package import JSONText

/// Whether an event would go to a connection, and why not.
package struct MatchReport: Sendable {
    package let connection: ConnectionID
    /// The connection's pattern.
    package let pattern: String
    package let matched: Bool
    /// Leaf by leaf, for a pattern that does not match; nil for those beyond `EventBus.explanationsMax`.
    package let explanation: Explanation?
}

/// An event that was handed over, and to whom.
package struct MatchNotice: Sendable {
    package let eventID: EventID
    package let sequence: SequenceNumber
    /// The connections whose pattern matched it, in no particular order.
    package let connections: [ConnectionID]
    /// Notices left out before this one, because the reader was too slow.
    package let missedBefore: Int
}

/// Why there is no answer to what an event would reach.
package enum MatchesError: Error, Hashable, Sendable {
    case notJSON(JSONSyntaxError)
    /// So many calls wait for an answer already, the most that may; later there may be room.
    case busy(limit: Int)
}

/// There are as many readers as there may be.
package struct TooManyFollowers: Error, Hashable, Sendable {
    package let limit: Int
}

extension EventBus {
    /// How many different patterns are explained for one event: enough for a person, and a bound for the work.
    package static let explanationsMax = 100

    /// The open connections that this event would go to, decided by the same index that delivers. Nothing is published.
    /// In no particular order. Cost for the bus: one match, and O(connections).
    ///
    /// - Parameters:
    ///   - event: the text of an event; what follows its closing brace does not count.
    ///   - all: also the connections with a pattern that does not match, each with an explanation, worked out in the
    ///     caller's task.
    package func matches(_ event: [UInt8], all: Bool = false) async throws(MatchesError) -> [MatchReport] {
        guard let inspection = await mailbox.inspect(event, all: all) else {
            throw .busy(limit: limits.waitingQuestions)
        }
        do throws(JSONSyntaxError) {
            return try reports(of: event, try inspection.get())
        } catch {
            throw .notJSON(error)
        }
    }

    private func reports(
        of event: [UInt8], _ inspected: [(connection: ConnectionID, pattern: EventPattern, matched: Bool)]
    ) throws(JSONSyntaxError) -> [MatchReport] {
        var explanations: [EventPattern: Explanation] = [:]
        var reports: [MatchReport] = []
        for (connection, pattern, matched) in inspected {
            var explanation: Explanation?
            if !matched {
                explanation = explanations[pattern]
                if explanation == nil, explanations.count < Self.explanationsMax, !Task.isCancelled {
                    explanation = try pattern.explain(event)
                    explanations[pattern] = explanation
                }
            }
            reports.append(
                MatchReport(
                    connection: connection, pattern: pattern.text, matched: matched, explanation: explanation))
        }
        return reports
    }

    /// Every event that matches at least one connection, with those connections; returns when it has begun, so nothing
    /// that is published afterwards is missed. A reader that is slow gets the oldest `Limits.waitingNotices` and is told
    /// how many it missed. Ends with the bus.
    package func followMatches() async throws(TooManyFollowers) -> AsyncStream<MatchNotice> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: MatchNotice.self, bufferingPolicy: .bufferingOldest(limits.waitingNotices))
        guard await mailbox.follow(continuation) else { throw TooManyFollowers(limit: limits.followers) }
        return stream
    }
}
