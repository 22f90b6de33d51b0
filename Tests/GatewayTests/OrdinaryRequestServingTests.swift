import EventLog
import Gateway
import Testing

@Suite("Ordinary requests on a running gateway", .timeLimit(.minutes(1)))
struct OrdinaryRequestServingTests {
    private static let event = #"{"source":"s","detail-type":"d","detail":{}}"#
    private static let operation = #"{"Entries":[{"Source":"s","DetailType":"d","Detail":"{}"},{"Source":"s"}]}"#

    private static func request(_ target: String, _ lines: [String], _ body: String) -> String {
        let head = ["POST \(target) HTTP/1.1", "Host: localhost"] + lines + ["Content-Length: \(body.utf8.count)"]
        return head.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// What a client sees, without what differs each time.
    private static func view(_ response: TestClient.Response) -> String {
        let headers = response.headers.map { $0.name == "x-amzn-RequestId" ? "\($0.name): \($0.value.count)" : "\($0)" }
        return "\(response.status) \(headers) \(response.body.replacing(#/[0-9a-f-]{36}/#, with: "id"))"
    }

    @Test(
        "They are answered as extraordinary ones are",
        arguments: [
            ("/dev/events", [], event), ("/dev/events", ["Content-Type: application/json"], "[\(event),{}]"),
            // An answer that is too long for a buffer that is kept.
            ("/dev/events", [], "[\(Array(repeating: event, count: 99).joined(separator: ","))]"),
            ("/dev/events", ["Content-Type: application/x-ndjson"], "\(event)\n\(event)\nx"),
            ("/dev/events", ["Origin: http://localhost:3000"], event), ("/dev/events", ["Origin: http://evil"], event),
            ("/dev/events", [], "{"), ("/dev/events", [], ""), ("/dev/events", [], "{}"), ("/none/events", [], event),
            ("/dev/events", ["Idempotency-Key: k"], event), ("/dev/stats", [], ""), ("/dev/none", [], event),
            ("/dev/matches", [], event), ("/", ["X-Amz-Target: AWSEvents.PutEvents"], operation),
            ("/base", ["X-Amz-Target: AWSEvents.PutEvents"], "{"), ("/", ["X-Amz-Target: AWSEvents.None"], operation),
            ("/", [], operation), ("/dev/events?a=b", [], event), ("/dev/%65vents", [], event),
        ])
    func sameAnswers(target: String, lines: [String], body: String) async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.send(Self.request(target, lines, body))
            let ordinary = try await client.response()
            try await client.send(Self.request(target, lines + ["X-Empty:"], body))
            #expect(Self.view(ordinary) == Self.view(try await client.response()))
        }
    }

    @Test("It does not matter in which pieces a request comes")
    func pieces() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            let request = Array(Self.request("/", ["X-Amz-Target: AWSEvents.PutEvents"], Self.operation).utf8)
            for place in 1..<request.count {
                try await client.send(Array(request[..<place]))
                try await client.send(Array(request[place...]))
                let response = try await client.response()
                #expect(response.status == 200)
                #expect(response.body.hasPrefix(#"{"FailedEntryCount":1,"Entries":[{"EventId":""#))
            }
            // One that is too long for one read, on a new connection.
            let long = try await TestClient(port: gateway.port)
            for count in [300, 3_000, 30_000, 60_000, 300_000] {
                let body =
                    #"{"source":"s","detail-type":"d","detail":{"a":"\#(String(repeating: "b", count: count))"}}"#
                try await long.send(Self.request("/dev/events", [], body))
                #expect(try await long.response().body.hasPrefix(#"{"FailedEntryCount":0,"#))
            }
        }
    }

    @Test(
        "Ordinary and extraordinary requests are answered in their order, by a log that takes a while, too",
        arguments: [false, true])
    func order(isDeferred: Bool) async throws {
        try await GatewayUnderTest.run(log: isDeferred ? DeferringLog() : MemoryEventLog()) { gateway in
            let client = try await TestClient(port: gateway.port)
            let publish = Self.request("/dev/events", [], Self.event)
            let keyed = Self.request("/dev/events", ["Idempotency-Key: k"], Self.event)
            let health = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let sent = [publish, keyed, publish, publish, health, publish, keyed, keyed, publish]
            for size in [1, 2, 3, sent.count] {
                for start in stride(from: 0, to: sent.count, by: size) {
                    try await client.send(sent[start..<min(start + size, sent.count)].joined())
                }
                for request in sent {
                    let body = try await client.response().body
                    #expect(body.hasPrefix(request == health ? #"{"status":"ok"}"# : #"{"FailedEntryCount":0,"#))
                }
            }
        }
    }

    @Test(
        "A response leaves before what NIO's handlers answer behind it, be it an upgrade or an end",
        arguments: [false, true])
    func beforeOthers(isDeferred: Bool) async throws {
        // By a log that takes a while what follows is there before the response.
        try await GatewayUnderTest.run(log: isDeferred ? DeferringLog() : MemoryEventLog()) { gateway in
            let publish = Self.request("/dev/events", [], Self.event)
            let handshake = TestClient.handshakeHeaders.map { "\($0.0): \($0.1)\r\n" }.joined()
            // How often the one is there before the other is a matter of luck.
            for _ in 0..<100 {
                let socket = try await TestClient(port: gateway.port)
                try await socket.send(publish)
                try await socket.send("GET /dev HTTP/1.1\r\nHost: localhost\r\n\(handshake)\r\n")
                for status in [200, 101] { #expect(try await socket.response().status == status) }
                try await socket.close()
            }

            let client = try await TestClient(port: gateway.port)
            let last = Self.request("/dev/events", ["Connection: close"], Self.event)
            for request in [publish, last] { try await client.send(request) }
            for _ in 0..<2 { #expect(try await client.response().status == 200) }
        }
    }

    @Test("What is left of a request when the client goes is published as far as it goes")
    func brokenOff() async throws {
        try await GatewayUnderTest.run { gateway in
            let socket = try await TestClient(port: gateway.port)
            try await socket.upgrade("/dev")
            #expect(try await socket.ask(#"{"action":"pattern","pattern":{"source":["s"]}}"#).contains("stored"))
            let client = try await TestClient(port: gateway.port)
            let lines = "\(Self.event)\n\(Self.event)\n"
            let request = Self.request("/dev/events", ["Content-Type: application/x-ndjson"], lines)
            try await client.send(String(request.dropLast(20)))
            #expect(try await socket.text().contains(#""source":"s""#))
            try await client.close()
            #expect(gateway.port > 0)
        }
    }
}
