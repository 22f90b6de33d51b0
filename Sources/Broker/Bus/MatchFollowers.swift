internal import EventLog
internal import PatternIndex

/// Those who watch which events go to which connections. Costs nothing while nobody does.
struct MatchFollowers {
    private struct Follower {
        let number: Int
        let continuation: AsyncStream<MatchNotice>.Continuation
        var missed = 0
    }

    private var followers: [Follower] = []
    /// Pattern to connections; built when needed.
    private var connections: [PatternID: [ConnectionID]]?

    mutating func add(_ number: Int, _ continuation: AsyncStream<MatchNotice>.Continuation) {
        followers.append(Follower(number: number, continuation: continuation))
    }

    mutating func remove(_ number: Int) {
        followers.removeAll { $0.number == number }
        if followers.isEmpty { connections = nil }
    }

    mutating func patternsChanged() { connections = nil }

    mutating func tell(of batch: DeliveryBatch, patterns: [ConnectionID: PatternID]) {
        guard !followers.isEmpty else { return }
        let connections = connections ?? Dictionary(grouping: patterns.keys) { patterns[$0]! }
        self.connections = connections
        for (number, event) in batch.events.enumerated() {
            let reached = batch.matches[number].flatMap { connections[$0] ?? [] }
            for index in followers.indices {
                let notice = MatchNotice(
                    eventID: event.event.id, sequence: event.sequence, connections: reached,
                    missedBefore: followers[index].missed)
                if case .enqueued = followers[index].continuation.yield(notice) {
                    followers[index].missed = 0
                } else {
                    followers[index].missed += 1
                }
            }
        }
    }

    func finish() {
        for follower in followers { follower.continuation.finish() }
    }
}
