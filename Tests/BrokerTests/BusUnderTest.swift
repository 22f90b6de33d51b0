import Broker
import CoreMetrics
import EventLog
import EventPattern
import Logging
import Synchronization
import Testing

/// A bus with connections that write down what they get.
struct BusUnderTest: Sendable {
    let bus: EventBus
    let callback = RecordingCallback()
    let log: any EventLog

    init(
        log: any EventLog = MemoryEventLog(), limits: EventBus.Limits = EventBus.Limits(),
        clock: WallClock = WallClock { 1_795_222_923_456 }, metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.log = log
        bus = EventBus(
            name: "default", log: log, callback: callback,
            envelope: Envelope(account: "000000000000", region: "us-east-1"), limits: limits,
            clock: clock, metrics: metrics, logger: logger)
    }

    /// Runs the bus as long as the body; then stops it, waits for the drain and ends the connections' streams.
    func running(_ body: () async throws -> Void) async throws {
        let run = Task { try await bus.run() }
        defer { callback.finish() }
        do {
            try await body()
        } catch {
            bus.stop()
            _ = await run.result
            throw error
        }
        bus.stop()
        try await run.value
    }

    /// The same with one connection, and what it gets.
    func running(
        _ body: (ConnectionID, inout AsyncStream<RecordingCallback.Message>.Iterator) async throws -> Void
    ) async throws {
        let (connection, stream) = callback.connect(to: bus)
        try await running {
            var messages = stream.makeAsyncIterator()
            try await body(connection, &messages)
        }
    }

    /// Publishes events of these sources; the test fails when one is refused.
    @discardableResult
    func publish(_ sources: String...) async throws -> [EventID] {
        try await bus.publish(sources.map { EventDraft(source: $0, detailType: "t", detail: Array("{}".utf8)) })
            .map { try $0.get() }
    }

    /// Sets a pattern for events of this source; acknowledged with `name@sequence`.
    func set(_ source: String, for connection: ConnectionID, as name: String? = nil) throws {
        let name = name ?? source
        let isTaken = bus.setPattern(try pattern(source), for: connection) { Array($0.text(name).utf8) }
        #expect(isTaken)
    }

    /// The same; returns when the pattern is in force.
    func hold(_ source: String, for connection: ConnectionID) async throws {
        try set(source, for: connection)
        try await ownerAnswers()
    }

    /// Returns when the owner has come to this call: what was asked of it or appended before is done.
    func ownerAnswers() async throws { _ = try await bus.matches(Array("{}".utf8)) }

    /// Sets a pattern with a replay.
    func replay(_ replay: Replay, of source: String, for connection: ConnectionID, as name: String? = nil) async throws
    {
        let name = name ?? source
        let isTaken = try await bus.replay(replay, of: try pattern(source), for: connection) {
            Array($0.text(name).utf8)
        }
        #expect(isTaken)
    }
}

extension EventDraft {
    /// A draft for the bus under test.
    init(source: String, detailType: String, detail: [UInt8], time: Int64? = nil) {
        self.init(
            source: source, detailType: detailType, detail: detail, time: time,
            in: Envelope(account: "000000000000", region: "us-east-1"))
    }
}

/// Matches events of one source.
func pattern(_ source: String) throws -> EventPattern {
    try EventPattern(#"{"source":["\#(source)"]}"#)
}

extension AsyncStream.Iterator where Element == RecordingCallback.Message {
    /// The next message: the id of an event, or the text of an acknowledgement.
    mutating func nextText() async -> String? {
        switch await next() {
        case .event(let logged): logged.event.id.description
        case .text(let text): text
        case nil: nil
        }
    }
}

extension PatternNews {
    /// A short form: `name@place`, with what else is to be said behind it.
    func text(_ name: String) -> String {
        switch self {
        case .holds(let place): "\(name)@\(place.sequence)" + (place.reach?.gap == true ? " gap" : "")
        case .live(let sequence, _): "\(name) live@\(sequence)"
        case .ended(let events, _): "\(name) ended \(events)"
        case .failed: "\(name) failed"
        }
    }
}

/// A clock that a test sets.
final class SettableClock: Sendable {
    private let now: Mutex<Int64>

    init(_ now: Int64) { self.now = Mutex(now) }

    func set(_ value: Int64) { now.withLock { $0 = value } }

    var wallClock: WallClock { WallClock { self.now.withLock { $0 } } }
}
