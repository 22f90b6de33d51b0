package import CoreMetrics
package import EventLog
package import EventPattern
package import Logging
internal import Synchronization

/// An event bus: takes events into its log, and sends each to the connections whose pattern matches it.
///
/// One task owns the bus: the one in `run()`. It alone reads the log, matches, and changes patterns, so every
/// connection sees events in the order of the log, and a pattern takes effect at one definite place in it. Publishing
/// happens in the tasks of the publishers and ends in the log; the owner hears of it from the log's tail.
///
/// Guarantees:
/// - An event whose publishing succeeded is in the log, and goes to every connection whose pattern was in force.
/// - A pattern does not see events that were published before the call that set it, and sees all that are published
///   after its acknowledgement.
/// - Memory is bounded by `Limits`: publishers wait while the owner is behind.
/// - Stopping delivers what was appended first.
///
/// Buses know nothing of each other; a process may have many.
package final class EventBus: Sendable {
    /// The limits of a bus; each default is meant for many small events and still takes a large one.
    package struct Limits: Sendable {
        /// Bytes of events that may be published and not yet handed over for delivery; beyond, publishers wait. A log
        /// that forgets must hold well more, or it forgets events before they are delivered. Default 64 MiB.
        package var undeliveredBytes = 64 << 20
        /// Pattern changes that may wait for the owner; beyond, they are refused. Default 65,536.
        package var waitingPatternChanges = 65_536
        /// Events in one batch. Default 1,024.
        package var batchEvents = 1_024
        /// Bytes of envelopes in one batch; a single event may be larger. Default 1 MiB.
        package var batchBytes = 1 << 20
        /// Calls of `matches(_:all:)` that may wait for the owner, each with its event; beyond, they are refused. Default
        /// 64.
        package var waitingQuestions = 64
        /// Readers of `followMatches()` at a time; beyond, they are refused. Default 64.
        package var followers = 64
        /// Notices that wait for one slow reader of `followMatches()`; beyond, they are left out. Default 256.
        package var waitingNotices = 256
        /// Replays that read and match at the same time; the others take turns with them. Default 2.
        package var replaysAtOnce = 2
        /// Deduplication ids that are remembered at the same time. Default 1,000,000.
        package var deduplicationIDs = 1_000_000

        package init() {}
    }

    package let name: String
    let limits: Limits
    let log: any EventLog
    /// The log, if publishing needs no task for it.
    let promptLog: (any PromptEventLog)?
    let isPrompt: Bool
    /// Bytes that were published without a task and are not yet announced; those that the log has not stored yet count as
    /// `unstoredBytes`.
    let unannouncedBytes = Atomic(0)
    static let unstoredBytes = 1 << 40
    /// Runs the owner.
    let executor: BusExecutor
    let matchCost = MatchCost()
    let callback: any CallbackAPI
    let clock: WallClock
    /// What the envelopes of its events have in common.
    package let envelope: Envelope
    let ids: EventIDGenerator
    let mailbox: BusMailbox
    let window: PublishWindow
    let metrics: BusMetrics
    let logger: Logger
    let replayPermits: ReplayPermits
    let deduplication: DeduplicationWindow
    private let replayCount = Atomic<UInt64>(0)

    /// Tells one look at the past from every other one.
    func nextReplayNumber() -> UInt64 { replayCount.wrappingAdd(1, ordering: .relaxed).newValue }

    /// - Parameters:
    ///   - name: what publishers call it; `default` for the one that takes events that name none.
    ///   - envelope: the account and region of its events.
    ///   - ids: gives its events their ids; above those in the log (`EventIDGenerator(after:)`) if that holds any.
    ///   - metrics: where its counts go, each with the dimension `bus`: `lambdaless_events_published_total`,
    ///     `lambdaless_publish_failures_total`, `lambdaless_events_matched_total`, `lambdaless_event_log_gaps_total`,
    ///     `lambdaless_batch_match_duration` (seconds); and as gauges, current after every change of patterns, the parts
    ///     of `PatternIndex.Counts`: `lambdaless_patterns` (connections that have one), `lambdaless_distinct_patterns`,
    ///     `lambdaless_index_conjunctions` (ways to match), `lambdaless_index_fields` (names in the paths that patterns
    ///     ask for), `lambdaless_index_bytes` (allocated) and `lambdaless_index_tests` (different tests of values), with
    ///     the dimension `kind` besides: one of `PatternIndex.testKinds`; and, current after `measureLog()`,
    ///     `lambdaless_event_log_events` and `lambdaless_event_log_bytes`.
    package init(
        name: String, log: any EventLog, callback: any CallbackAPI, envelope: Envelope, limits: Limits = Limits(),
        clock: WallClock = .system, ids: EventIDGenerator = EventIDGenerator(),
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger
    ) {
        var logger = logger
        logger[metadataKey: "bus.name"] = "\(name)"
        self.name = name
        self.limits = limits
        self.log = log
        self.promptLog = log as? any PromptEventLog
        isPrompt = promptLog != nil
        self.callback = callback
        self.clock = clock
        self.envelope = envelope
        self.ids = ids
        self.mailbox = BusMailbox(limits)
        executor = BusExecutor(bus: name)
        self.window = PublishWindow(maxBytes: limits.undeliveredBytes)
        self.metrics = BusMetrics(bus: name, factory: metrics)
        self.logger = logger
        self.replayPermits = ReplayPermits(limits.replaysAtOnce)
        self.deduplication = DeduplicationWindow(countMax: limits.deduplicationIDs)
    }

    /// Runs the bus until `stop()` or cancellation, and then until everything that was appended is handed over.
    /// Delivery begins with the first event that is appended after the call. To be called once.
    ///
    /// - Throws: what the log throws when it cannot be read; the bus is over then.
    package func run() async throws {
        precondition(mailbox.begin(), "an event bus runs once")
        defer { deduplication.load([]) }
        // A task of its own, as cancellation must begin the drain and not break the reads that the drain needs.
        let owner = Task(executorPreference: executor) { try await BusOwner(self).run() }
        let tail = Task(executorPreference: executor) { [log, mailbox] in
            for await _ in log.tail() { mailbox.wake() }
        }
        defer {
            tail.cancel()
            window.close()
            mailbox.end()
        }
        try await withTaskCancellationHandler {
            try await owner.value
        } onCancel: {
            stop()
        }
    }

    /// Begins to stop: from now on publishing is refused; `run()` returns when everything that was appended is handed
    /// over.
    package func stop() {
        window.close()
        mailbox.stop()
    }
}

extension EventBus {
    /// Makes a connection known. Before this and after `connectionClosed` it cannot have a pattern, so nothing can be
    /// left behind for a connection that is gone.
    package func connectionOpened(_ connection: ConnectionID) {
        mailbox.open(connection)
    }

    /// Forgets a connection and gives its pattern back.
    package func connectionClosed(_ connection: ConnectionID) {
        mailbox.close(connection)
    }

    /// Replaces the connection's pattern.
    ///
    /// Takes effect at one definite place of the log, at or after the newest event of this moment. Changes of one
    /// caller take effect in the order of its calls. Returns at once; nothing happens for a connection that is not
    /// open.
    ///
    /// - Parameter news: what to send to the connection when the pattern holds. Runs in the owner: must be short.
    /// - Returns: false when too many changes wait (`Limits.waitingPatternChanges`): nothing is changed, and the caller
    ///   is the one to say so.
    package func setPattern(
        _ pattern: EventPattern, for connection: ConnectionID, news: @escaping @Sendable (PatternNews) -> [UInt8]?
    ) -> Bool {
        mailbox.bind(connection, to: pattern, news: news)
    }

    /// Takes the connection's pattern away, in the same way: it sees the events up to a definite place and none after.
    package func clearPattern(
        for connection: ConnectionID, news: @escaping @Sendable (PatternNews) -> [UInt8]?
    ) -> Bool {
        mailbox.bind(connection, to: nil, news: news)
    }

    /// The place of the newest event in the log.
    ///
    /// - Throws: what the log throws when it cannot be read.
    package func head() async throws -> SequenceNumber { try await log.head() }

    /// The place of an event in the log; nil when the log does not hold it.
    ///
    /// - Throws: what the log throws when it cannot be read.
    package func place(of event: EventID) async throws -> SequenceNumber? { try await log.place(of: event) }

    /// Replaces the connection's pattern, and gives the connection first what the log already holds: all that matches
    /// behind the place that `replay` names, in the order of the log, then what is published, each event once.
    ///
    /// Returns when the place is found; events follow the first news.
    ///
    /// - Parameter news: what to send to the connection, the first time before any event, and then at each turn. Runs in
    ///   the owner: must be short.
    /// - Returns: false as for `setPattern(_:for:news:)`.
    /// - Throws: what the log throws when it cannot be read; nothing is changed then.
    package func replay(
        _ replay: Replay, of pattern: EventPattern, for connection: ConnectionID,
        news: @escaping @Sendable (PatternNews) -> [UInt8]?
    ) async throws -> Bool {
        let start = try await replay.start.place(in: log)
        return mailbox.begin(
            ReplayRun(
                id: ReplayID(rawValue: nextReplayNumber()), connection: connection, pattern: pattern, replay: replay,
                start: start,
                news: news))
    }
}
