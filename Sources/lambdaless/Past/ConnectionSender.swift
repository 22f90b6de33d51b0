import Client
import Synchronization

/// Sends events to one connection through the callback API, in order and as fast as the connection takes them.
final class ConnectionSender: Sendable {
    private let broker: RemoteBroker
    let connection: String

    private struct Counts {
        var sent = 0
        var refused = 0
        var hasWaited = false
    }

    private let counts = Mutex(Counts())

    init(_ connection: String, of broker: RemoteBroker) {
        self.broker = broker
        self.connection = connection
    }

    var sent: Int { counts.withLock { $0.sent } }
    /// Events that are longer than a message may be.
    var refused: Int { counts.withLock { $0.refused } }

    /// - Throws: ``CommandFailure``; with ``ExitStatus/negative`` where the connection is gone.
    func send(_ events: [[UInt8]]) async throws {
        do {
            try await broker.http.withConnection { link in
                for event in events { try await self.send(event, on: &link) }
            }
        } catch let error as ClientError {
            throw CommandFailure(error.message + progress)
        }
    }

    private func send(_ event: [UInt8], on link: inout HTTPConnection) async throws {
        let request = broker.connectionRequest("POST", connection, body: event)
        var backoff = Backoff(firstBound: 0.2, lastBound: 2)
        while true {
            let response = try await link.send(request)
            switch response.status {
            case 200..<300: return counts.withLock { $0.sent += 1 }
            case 429:
                let isFirst = counts.withLock { counts in
                    defer { counts.hasWaited = true }
                    return !counts.hasWaited
                }
                if isFirst { Terminal.note("lambdaless: the connection does not keep up; waiting for it") }
                try await Task.sleep(for: .seconds(backoff.next()))
            case 413:
                counts.withLock { $0.refused += 1 }
                Terminal.note("lambdaless: not sent, \(event.count) bytes are more than a message may have")
            default:
                let failure = RemoteBroker.failure(response)
                throw CommandFailure(failure.message + progress, status: failure.status)
            }
        }
    }

    private var progress: String { "; \(sent) events had been sent" }
}
