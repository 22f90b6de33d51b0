import Access
import Client
import JSONDocument
import Synchronization

/// A pattern kept at a broker: connects, hands in the pattern, prints what matches, and when the connection is lost
/// connects again and goes on where it stopped.
final class Subscription: Sendable {
    private let client: WebSocketClient
    private let target: String
    private let pattern: String
    private let range: PastRange
    private let session: String?
    private let printer: EventPrinter

    private struct State {
        var place: StreamPlace
        /// Whether the broker has had the pattern from this process.
        var hasSubscribed = false
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - range: what of the past is wanted first.
    ///   - session: the name under which the broker keeps the place; nil when this object does.
    init(
        client: WebSocketClient, target: String, pattern: String, range: PastRange = PastRange(),
        session: String? = nil, printer: EventPrinter
    ) {
        self.client = client
        self.target = target
        self.pattern = pattern
        self.range = range
        self.session = session
        self.printer = printer
        state = Mutex(State(place: StreamPlace(range.start)))
    }

    /// How many events came.
    var events: Int { state.withLock { $0.place.events } }

    /// Whether the broker said that events are missing.
    var hasGap: Bool { state.withLock { $0.place.gaps > 0 } }

    /// Runs until `count` events came or the past that was asked for has ended; else until its task is cancelled.
    /// - Returns: the number of events.
    /// - Throws: ``CommandFailure`` where the broker refuses the pattern or the connection, or never was there.
    func run(upTo count: Int?) async throws -> Int {
        var backoff = Backoff()
        var wasConnected = false
        while true {
            try Task.checkCancellation()
            let loss: String
            switch try await connect(upTo: count) {
            case .complete: return events
            case .unreachable(let reason):
                if !wasConnected { throw CommandFailure(reason) }
                loss = reason
            case .lost(let reason):
                wasConnected = true
                backoff.reset()
                loss = reason
            }
            try Task.checkCancellation()
            let wait = backoff.next()
            Terminal.note("lambdaless: \(loss); trying again in \(Int(wait * 1000)) ms")
            try await Task.sleep(for: .seconds(wait))
        }
    }

    private enum Outcome: Sendable {
        case complete
        /// There was no subscription.
        case unreachable(String)
        /// The subscription was there, and is no more.
        case lost(String)
    }

    private func connect(upTo count: Int?) async throws -> Outcome {
        do {
            return try await client.connect(target: target + PercentEncoding.query(parameters)) { connection in
                do {
                    return try await self.receive(on: &connection, upTo: count)
                } catch let error as ClientError {
                    return .lost(error.message)
                }
            }
        } catch let error as ClientError {
            return .unreachable(error.message)
        } catch let refusal as WebSocketClient.Refusal {
            let failure = RemoteBroker.failure(refusal.response)
            // Too many connections at once, or a broker that is just coming up: another time it may go.
            if refusal.response.status == 429 || refusal.response.status >= 500 { return .unreachable(failure.message) }
            throw failure
        }
    }

    // MARK: What is asked for

    /// What is still wanted of the past.
    private var rest: PastRange {
        state.withLock { state in
            var rest = range
            rest.start = state.place.next
            rest.limit = range.limit.map { $0 - state.place.events }
            // What was missed while the connection was lost is wanted at once.
            if state.place.isLive { rest.speed = nil }
            return rest
        }
    }

    /// A session goes on with a pattern only where it comes with the URL. Its place counts, unless another one is asked
    /// for the first time.
    private var parameters: [(name: String, value: String)] {
        guard let session else { return [] }
        let isFirst = state.withLock { !$0.hasSubscribed }
        return [("session", session), ("pattern", pattern)] + (isFirst ? range.members : [])
    }

    private var request: [UInt8] {
        if session != nil {
            // Answered behind the pattern, of which a session tells nothing.
            let question: JSONValue = ["action": "GET_CONNECTION_ID"]
            return question.serialized()
        }
        let past = rest.members.map { JSONValue.Member($0.name, .string($0.value)) }
        return JSONValue.object([.init("action", "pattern"), .init("pattern", .string(pattern))] + past).serialized()
    }

    // MARK: What comes

    private func receive(on connection: inout WebSocketConnection, upTo count: Int?) async throws -> Outcome {
        try await connection.send(request)
        var isSubscribed = false
        while true {
            switch try await connection.next() {
            case .close(let code, let reason): return try outcome(ofClose: code, reason)
            case .binary: continue
            case .text(let text):
                let message = BrokerMessage(text)
                switch message {
                case .event(let id):
                    guard state.withLock({ $0.place.take(event: id) }) else { continue }
                    printer.print([text])
                    if events == count {
                        try? await connection.close()
                        return .complete
                    }
                case .pattern(let notice):
                    state.withLock { $0.place.take(notice) }
                    if try note(notice, &isSubscribed) {
                        try? await connection.close()
                        return .complete
                    }
                case .connectionID(let id):
                    subscribed(&isSubscribed)
                    Terminal.note("lambdaless: subscribed as \(id), with the session \(session ?? "-")")
                case .dropped: state.withLock { $0.place.dropped() }
                case .error(let message) where message.hasPrefix("InternalServerError") || message == Self.busy:
                    return .lost("the broker says: \(message)")
                case .error(let message) where !isSubscribed: throw CommandFailure("the broker refuses: \(message)")
                case .error(let message): Terminal.note("lambdaless: the broker says: \(message)")
                case .other: Terminal.note("lambdaless: message: \(String(decoding: text, as: UTF8.self))")
                }
                if let gap = GapNote.text(message) { Terminal.note("lambdaless: \(gap)") }
            }
        }
    }

    /// Another time it may have room for the pattern.
    private static let busy = "Too Many Requests"

    /// - Returns: whether nothing follows.
    private func note(_ notice: PatternNotice, _ isSubscribed: inout Bool) throws -> Bool {
        switch notice.status {
        case .stored:
            // Of a session's pattern only what is unexpected is told.
            if let session {
                guard let replaced = notice.replaced else { return false }
                Terminal.note(
                    "lambdaless: the session \(session) had another pattern, which is replaced: "
                        + TerminalText.safe(replaced))
                return false
            }
            subscribed(&isSubscribed)
            let place = notice.sequence.map(String.init) ?? "now"
            Terminal.note("lambdaless: subscribed as \(notice.connectionID ?? "?"), to events after \(place)")
        case .live: Terminal.note("lambdaless: what follows is live")
        case .ended: return true
        }
        return false
    }

    private func subscribed(_ isSubscribed: inout Bool) {
        isSubscribed = true
        state.withLock { $0.hasSubscribed = true }
    }

    private func outcome(ofClose code: Int, _ reason: String) throws -> Outcome {
        let text = "the broker closed the connection (\(code)\(reason.isEmpty ? "" : ", \(reason)"))"
        switch code {
        // Coming back would take the session from whoever has it now.
        case 4009: throw CommandFailure(text, status: .negative)
        case 1013: return .unreachable(text)
        default: return .lost(text)
        }
    }
}
