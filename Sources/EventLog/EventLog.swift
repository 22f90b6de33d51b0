/// Where a bus keeps its events, in one order: publishing appends here, and whoever delivers reads from here.
///
/// Written so that a log in memory, one on disk and one that several brokers replicate over a network can all keep it:
/// the log gives the numbers, may skip some, and lets go of old events when it likes. Every implementation passes the
/// same conformance suite.
package protocol EventLog: Sendable {
    /// Adds events at the end, all or none, next to each other and in the given order.
    ///
    /// On return they are as durable as the log makes them, `head()` has reached the last of them, and readers of
    /// `tail()` have been told.
    ///
    /// - Returns: the number of each event, ascending. Other appends may come before and after, never between.
    /// - Throws: whatever keeps the log from storing them (a full disk, a lost network).
    func append(_ events: [Event]) async throws -> [SequenceNumber]

    /// Reads on from a place: the events with a number above `sequence`, oldest first, as far as the limits go.
    ///
    /// Sees everything up to the `head()` that was known when it was called. When there is an event to read, at least
    /// one comes, even if it alone is larger than `maxBytes`: so a reader always gets on.
    ///
    /// - Parameters:
    ///   - maxEvents: at most so many events.
    ///   - maxBytes: no further event once the envelopes read come to so many bytes.
    func read(after sequence: SequenceNumber, maxEvents: Int, maxBytes: Int) async throws -> LogSlice

    /// The number of the newest event; `.zero` when there never was one.
    func head() async throws -> SequenceNumber

    /// The number of the oldest event that can still be read; nil when the log holds none.
    func oldest() async throws -> SequenceNumber?

    /// The place of the event with this id; nil when the log does not hold it: never did, or no longer does.
    func place(of id: EventID) async throws -> SequenceNumber?

    /// The place before the first event that arrived at `time` or later, by the time in its id: reading after it gives
    /// what has arrived since. The newest place of all when nothing has.
    ///
    /// - Parameter time: milliseconds since 1970.
    func place(before time: Int64) async throws -> SequenceNumber

    /// How many events it holds behind a place. For people: events that arrive or leave meanwhile may be counted or not.
    func count(after sequence: SequenceNumber) async throws -> Int

    /// What the log holds; nil when it holds nothing.
    func contents() async throws -> LogContents?

    /// Ends the log: what was appended is kept as durably as it can be, readers of `tail()` end, and appending fails.
    func close() async

    /// Tells that the log has grown: the head at the moment of the call, then each new head. A reader that is slow gets
    /// only the newest one, so notifications never pile up, and one that reads to the end after each never misses an
    /// event. Ends when the log closes. Any number of readers.
    func tail() -> AsyncStream<SequenceNumber>
}

extension EventLog {
    /// For logs that skip no numbers.
    package func count(after sequence: SequenceNumber) async throws -> Int {
        guard let contents = try await contents(), contents.newest.sequence > sequence else { return 0 }
        return min(contents.events, Int(clamping: contents.newest.sequence.rawValue - sequence.rawValue))
    }
}

/// A log that takes events without a task of whoever appends them: on an event loop a task costs more than an append.
package protocol PromptEventLog: EventLog {
    /// The same as `append(_:)`, for callers that do not wait. To be followed by `proceed()`; the two ways of appending
    /// may be mixed: there is one order.
    ///
    /// - Parameter later: gets the answer that is not there at once: called once, on a thread of the log, which it must
    ///   not hold up.
    /// - Returns: the numbers of the events if they are stored already; `later` is not called then. Nil when it will be.
    func append(
        _ events: [Event], later: @escaping @Sendable (Result<[SequenceNumber], any Error>) -> Void
    ) throws -> [SequenceNumber]?

    /// Goes on with what was appended without a task: sees to it that it is stored, and that readers of `tail()` are
    /// told. One call is for many appends, as waking a thread costs more than an append.
    func proceed()
}
