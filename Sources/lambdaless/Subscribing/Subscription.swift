import Client
import JSONDocument
import JSONText
import Synchronization

/// A pattern kept at a broker: connects, hands in the pattern, prints what matches, and connects again when the
/// connection is lost.
final class Subscription: Sendable {
    private let client: WebSocketClient
    private let target: String
    private let pattern: String
    private let printer: EventPrinter
    private let receivedCount = Mutex(0)

    init(client: WebSocketClient, target: String, pattern: String, printer: EventPrinter) {
        self.client = client
        self.target = target
        self.pattern = pattern
        self.printer = printer
    }

    /// Whether any event came.
    var hasReceived: Bool { receivedCount.withLock { $0 > 0 } }

    /// Runs until `count` events came; without a count until its task is cancelled.
    /// - Returns: the number of events.
    /// - Throws: ``CommandFailure`` where the broker refuses the pattern or the connection, or never was there.
    func run(upTo count: Int?) async throws -> Int {
        var backoff = Backoff()
        var wasConnected = false
        while true {
            try Task.checkCancellation()
            let loss: String
            switch try await session(upTo: count) {
            case .complete: return receivedCount.withLock { $0 }
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

    private enum Session: Sendable {
        case complete
        /// There was no subscription.
        case unreachable(String)
        /// The subscription was there, and is no more.
        case lost(String)
    }

    private func session(upTo count: Int?) async throws -> Session {
        do {
            return try await client.connect(target: target) { connection in
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

    private func receive(on connection: inout WebSocketConnection, upTo count: Int?) async throws -> Session {
        let request: JSONValue = ["action": "pattern", "pattern": .string(pattern)]
        try await connection.send(request.serialized())
        var isSubscribed = false
        while true {
            switch try await connection.next() {
            case .close(let code, let reason):
                return .lost("the broker closed the connection (\(code)\(reason.isEmpty ? "" : ", \(reason)"))")
            case .binary: continue
            case .text(let text):
                switch Frame(text) {
                case .event:
                    printer.print(text)
                    let received = receivedCount.withLock { received in
                        received += 1
                        return received
                    }
                    if received == count {
                        try? await connection.close()
                        return .complete
                    }
                case .acknowledgement(let id, let sequence):
                    isSubscribed = true
                    Terminal.note("lambdaless: subscribed as \(id), to events after \(sequence)")
                case .error(let message) where !isSubscribed: throw CommandFailure("the broker refuses: \(message)")
                case .error(let message): Terminal.note("lambdaless: the broker says: \(message)")
                case .other: Terminal.note("lambdaless: message: \(String(decoding: text, as: UTF8.self))")
                }
            }
        }
    }

    /// What a text frame is.
    private enum Frame {
        case event
        case acknowledgement(id: String, sequence: String)
        case error(String)
        /// Sent by somebody through the callback API.
        case other

        init(_ text: [UInt8]) {
            // Read by members: the detail of an event may hold numbers that a control message may not.
            guard let members = try? JSONReader.members(of: text) else {
                self = .other
                return
            }
            let names = Set(members.map { String(decoding: $0.name, as: UTF8.self) })
            if names.isSuperset(of: ["source", "detail-type"]) {
                self = .event
                return
            }
            let json = (try? JSONValue(parsing: text)) ?? .null
            if json["action"]?.string == "pattern" {
                let sequence = json["sequence"]?.integer.map(String.init) ?? "now"
                self = .acknowledgement(id: json["connectionId"]?.string ?? "?", sequence: sequence)
            } else if let message = json["message"]?.string, names.contains("requestId") {
                self = .error(message)
            } else {
                self = .other
            }
        }
    }
}
