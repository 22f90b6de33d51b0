import Access
import Broker
import Client
import EventLog
import JSONDocument
import Synchronization

/// Reads a broker's past from a place up to the present, whatever becomes of connections meanwhile: each event once.
final class PastReader: Sendable {
    /// Attempts without a connection before it is given up: about a minute.
    private static let attemptsMax = 8

    private let broker: RemoteBroker
    private let pattern: String
    private let range: PastRange

    private struct State {
        var place: StreamPlace
        /// The broker has said that this is all.
        var isComplete = false
    }

    private let state: Mutex<State>

    private init(_ broker: RemoteBroker, _ pattern: String, _ range: PastRange) {
        self.broker = broker
        self.pattern = pattern
        self.range = range
        state = Mutex(State(place: StreamPlace(range.start)))
    }

    /// Asks the broker what the present is.
    /// - Parameter range: with a start; without an end it ends with the events that are there now.
    /// - Throws: ``CommandFailure``, also where there is no broker.
    static func open(_ broker: RemoteBroker, pattern: String, range: PastRange) async throws -> PastReader {
        var range = range
        let present = try await presentTime(of: broker, pattern)
        range.until = range.until ?? present
        // What has an end, ends where the log does at the latest.
        if range.until == nil, range.limit == nil { range.limit = Int.max }
        return PastReader(broker, pattern, range)
    }

    /// Publishers that come at the same moment may append in another order than that of their times.
    private static let disorderMilliseconds: Int64 = 1_000

    /// A time by the broker's own clock that is not before any of its events; nil when it has none.
    private static func presentTime(of broker: RemoteBroker, _ pattern: String) async throws -> String? {
        let query = PercentEncoding.query([("pattern", pattern), ("wait", "0")])
        let request = HTTPRequest("GET", "\(broker.stagePath)/events\(query)", service: .executeAPI)
        let after = try JSONValue(answer: try await broker.answer(to: request))["after"]?.string
        return after.flatMap { EventID($0) }.map {
            RFC3339.text(milliseconds: $0.time + disorderMilliseconds, fraction: true)
        }
    }

    /// How many events were read.
    var events: Int { state.withLock { $0.place.events } }

    /// Whether events that were asked for may have left the broker's log.
    var hasGap: Bool { state.withLock { $0.place.gaps > 0 } }

    /// Reads everything.
    /// - Parameter take: gets the events as they come, some at a time; no more are read until it returns.
    /// - Throws: ``CommandFailure``, and what `take` throws.
    func read(_ take: @escaping @Sendable ([[UInt8]]) async throws -> Void) async throws {
        var backoff = Backoff()
        var attempts = 0
        while true {
            let before = events
            let loss: String
            do {
                try await readOn(take)
                if isOver { return }
                loss = "the broker ended the stream before its end"
            } catch let error as ClientError {
                if error.kind == .badEndpoint { throw CommandFailure(error.message) }
                loss = error.message
            }
            if events > before {
                attempts = 0
                backoff.reset()
            }
            attempts += 1
            guard attempts < Self.attemptsMax else { throw CommandFailure(loss + goOnHint) }
            let wait = backoff.next()
            Terminal.note("lambdaless: \(loss); trying again in \(Int(wait * 1000)) ms")
            try await Task.sleep(for: .seconds(wait))
        }
    }

    private var goOnHint: String {
        let (events, next) = state.withLock { ($0.place.events, $0.place.next) }
        guard events > 0, case .after(let id) = next else { return "" }
        return "; \(events) events had come, go on with --after \(id)"
    }

    private var isOver: Bool {
        state.withLock { $0.isComplete || $0.place.events >= range.limit ?? Int.max }
    }

    private func readOn(_ take: @escaping @Sendable ([[UInt8]]) async throws -> Void) async throws {
        var rest = range
        state.withLock { state in
            rest.start = state.place.next
            rest.limit = range.limit.map { $0 - state.place.events }
        }
        let request = HTTPRequest(
            "GET", "\(broker.stagePath)/events\(PercentEncoding.query([("pattern", pattern)] + rest.members))",
            headers: [("Accept", "application/x-ndjson")], service: .executeAPI)
        try await broker.http.withConnection { connection in
            try await connection.lineBatches(of: request, refused: { throw RemoteBroker.failure($0) }) { lines in
                let events = try self.events(in: lines)
                if !events.isEmpty { try await take(events) }
            }
        }
    }

    private func events(in lines: [[UInt8]]) throws -> [[UInt8]] {
        try lines.filter { line in
            // An empty line keeps the connection alive.
            guard !line.isEmpty else { return false }
            let message = BrokerMessage(line)
            switch message {
            case .event(let id): return state.withLock { $0.place.take(event: id) }
            case .pattern(let notice):
                state.withLock { state in
                    state.place.take(notice)
                    state.isComplete = state.isComplete || notice.status == .ended
                }
            case .dropped: state.withLock { $0.place.dropped() }
            case .error(let reason): throw CommandFailure("the broker says: \(reason)")
            case .connectionID, .other: break
            }
            if let gap = GapNote.text(message) { Terminal.note("lambdaless: \(gap)") }
            return false
        }
    }
}
