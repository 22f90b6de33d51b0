package import EventLog

/// What the log of a bus holds, and how fast it grew.
package struct LogOverview: Hashable, Sendable {
    /// Nil when the log holds no event.
    package let contents: LogContents?
    /// How many of its events arrived within the last minute; what arrived then and has left it is not among them.
    package let lastMinute: Int
    /// The same for the last hour.
    package let lastHour: Int

    package init(contents: LogContents?, lastMinute: Int, lastHour: Int) {
        self.contents = contents
        self.lastMinute = lastMinute
        self.lastHour = lastHour
    }
}

extension EventBus {
    /// Looks at the log. Costs a few searches in it, and nothing for whoever publishes and delivers.
    ///
    /// - Throws: what the log throws when it cannot be read.
    package func logOverview() async throws -> LogOverview {
        guard let contents = try await log.contents() else {
            return LogOverview(contents: nil, lastMinute: 0, lastHour: 0)
        }
        let now = clock.now()
        func events(since time: Int64) async throws -> Int {
            try await log.count(after: try await log.place(before: time))
        }
        return LogOverview(
            contents: contents, lastMinute: try await events(since: now - 60_000),
            lastHour: try await events(since: now - 3_600_000))
    }

    /// Has the metrics show what the log holds at this moment. For whoever is about to read them: that is seldom, and
    /// events come often.
    package func measureLog() async {
        guard let contents = try? await log.contents() else { return metrics.show(logEvents: 0, bytes: 0) }
        metrics.show(logEvents: contents.events, bytes: contents.bytes)
    }
}
