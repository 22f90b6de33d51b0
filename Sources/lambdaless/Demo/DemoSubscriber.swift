import Client
import EventPattern
import JSONDocument

/// A client of the demo: a WebSocket with a pattern of the library.
struct DemoSubscriber: Sendable {
    let name: String
    /// Its name in the library.
    let patternName: String
    let pattern: EventPattern
    /// Ends when everything has been published.
    private let published = AsyncStream.makeStream(of: Void.self)

    static func all() throws -> [DemoSubscriber] {
        try [
            ("sales", "orders/large-order"), ("maintenance", "devices/overheating"), ("acme", "tenants/one-tenant"),
        ].map { name, pattern in
            DemoSubscriber(name: name, patternName: pattern, pattern: try GivenText.pattern(pattern))
        }
    }

    private init(name: String, patternName: String, pattern: EventPattern) {
        self.name = name
        self.patternName = patternName
        self.pattern = pattern
    }

    func allIsPublished() { published.continuation.finish() }

    /// Connects, subscribes, and answers the ids of the events that came until the answer to `unsubscribe`, which the
    /// broker sends behind all events that matched before.
    func follow(_ endpoint: Endpoint, ready: @Sendable () -> Void) async throws -> Set<String> {
        try await WebSocketClient(endpoint: endpoint).connect(target: "/dev") { connection in
            try await connection.send(Array(#"{"action":"pattern","pattern":\#(pattern.text)}"#.utf8))
            guard try await Self.message(&connection)["status"] == "stored" else {
                throw CommandFailure("the broker did not take the pattern \(patternName)")
            }
            ready()
            for await _ in published.stream {}
            try await connection.send(Array(#"{"action":"unsubscribe"}"#.utf8))
            var ids: Set<String> = []
            while true {
                let message = try await Self.message(&connection)
                guard message["action"] == nil else { break }
                ids.insert(message["id"]?.string ?? "")
            }
            try await connection.close()
            return ids
        }
    }

    private static func message(_ connection: inout WebSocketConnection) async throws -> JSONValue {
        guard case .text(let text) = try await connection.next() else {
            throw CommandFailure("the broker closed the connection")
        }
        return try JSONValue(parsing: text)
    }
}
