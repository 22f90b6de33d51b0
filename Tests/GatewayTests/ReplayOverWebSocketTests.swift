import Broker
import EventLog
import Gateway
import Testing

@Suite("Replays over WebSocket", .timeLimit(.minutes(1)))
struct ReplayOverWebSocketTests {
    private static func message(_ members: String) -> String {
        #"{"action":"pattern","pattern":{"detail-type":["a"]},\#(members)}"#
    }

    private static func id(of event: String) throws -> String {
        String(try #require(event.firstMatch(of: #/"id":"([0-9a-f-]{36})"/#)).1)
    }

    @Test("A client that comes back gets what it missed, then live events")
    func resume() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await TestClient(port: gateway.port)
            try await first.upgrade()
            _ = try await first.ask(Self.message(#""from":"horizon""#))
            #expect(try await first.text().contains(#""status":"live""#))
            try await gateway.publish("a", #"{"n":1}"#)
            let seen = try Self.id(of: try await first.text())
            for n in 2...40 { try await gateway.publish(n % 2 == 0 ? "a" : "b", #"{"n":\#(n)}"#) }

            let second = try await TestClient(port: gateway.port)
            try await second.upgrade()
            let stored = try await second.ask(Self.message(#""after":"\#(seen)""#))
            let form =
                #/\{"action":"pattern","status":"stored","connectionId":".+","requestId":".{16}","sequence":1,"after":"(.+)","gap":false\}/#
            #expect(stored.wholeMatch(of: form)?.1 == seen[...])
            for n in 1...20 { #expect(try await second.text().hasSuffix(#""detail":{"n":\#(2 * n)}}"#)) }
            let live = try await second.text()
            #expect(live.contains(#""status":"live","#) && live.contains(#""sequence":40,"after":""#))
            try await gateway.publish("a", #"{"n":41}"#)
            #expect(try await second.text().hasSuffix(#""detail":{"n":41}}"#))
        }
    }

    @Test("What is asked while a replay ends is answered in order, and the last pattern holds")
    func answersInOrder() async throws {
        try await GatewayUnderTest.run { gateway in
            for n in 1...5 { try await gateway.publish("a", #"{"n":\#(n)}"#) }
            // Compiled while the replay before it ends.
            let long = (0..<3_000).map { #""long \#($0)""# }.joined(separator: ",")
            for _ in 0..<10 {
                let client = try await TestClient(port: gateway.port)
                try await client.upgrade()
                try await client.send(
                    [
                        Self.message(#""after":0"#), #"{"action":"pattern","pattern":{"source":[\#(long)]}}"#,
                        #"{"action":"pattern","pattern":{"source":["last"]}}"#, #"{"action":"GET_CONNECTION_ID"}"#,
                    ].flatMap { TestClient.frame(Array($0.utf8)) })
                var stored = 0
                var id: String?
                while id == nil {
                    let text = try await client.text()
                    if text.contains(#""status":"stored""#) { stored += 1 }
                    id = text.wholeMatch(of: #/\{"connectionId":"(.+)"\}/#).map { String($0.1) }
                }
                #expect(stored == 3)
                let connection = try #require(id.flatMap(ConnectionID.init))
                let status = try await gateway.callback.status(of: connection, stage: nil)
                #expect(status.pattern?.contains("last") == true)
            }
        }
    }

    @Test("A replay of large events to a slow client does not run into a small queue")
    func smallQueue() async throws {
        try await GatewayUnderTest.run({ $0.webSocket.outboundQueueBytesMax = 64 * 1024 }) { gateway in
            let filler = String(repeating: "x", count: 50_000)
            for n in 1...100 { try await gateway.publish("a", #"{"filler":"\#(filler)","n":\#(n)}"#) }
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            _ = try await client.ask(Self.message(#""from":"horizon""#))
            for n in 1...100 { #expect(try await client.text().hasSuffix(#","n":\#(n)}}"#)) }
            #expect(try await client.text().contains(#""status":"live""#))
        }
    }

    @Test("With the URL nothing but events comes, unless there is a gap to tell of")
    func url() async throws {
        try await GatewayUnderTest.run { gateway in
            for n in 1...3 { try await gateway.publish("a", #"{"n":\#(n)}"#) }
            let pattern = "pattern=%7B%22detail-type%22%3A%5B%22a%22%5D%7D"
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade("/dev?\(pattern)&after=1")
            #expect(try await client.text().hasSuffix(#""detail":{"n":2}}"#))
            #expect(try await client.text().hasSuffix(#""detail":{"n":3}}"#))
            let unknown = EventID(high: 1, low: 1)
            let other = try await TestClient(port: gateway.port)
            try await other.upgrade("/dev?\(pattern)&after=\(unknown)")
            #expect(try await other.text().contains(#""gap":true,"oldest":""#))
            #expect(try await other.text().hasSuffix(#""detail":{"n":1}}"#))
            for query in ["after=1", "\(pattern)&after=x", "\(pattern)&after=1&from=horizon", "\(pattern)&limit=1"] {
                let refused = try await TestClient(port: gateway.port).request(
                    "GET", "/dev?\(query)", headers: TestClient.handshakeHeaders)
                #expect(refused.status == 400, "\(query)")
                #expect(refused.header("x-amzn-errortype") == "BadRequestException")
            }
        }
    }

    @Test("A limit ends the replay, and says where to go on")
    func limit() async throws {
        try await GatewayUnderTest.run { gateway in
            for n in 1...3 { try await gateway.publish("a", #"{"n":\#(n)}"#) }
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            var next = #""from":"horizon""#
            for n in 1...3 {
                #expect(try await client.ask(Self.message(next + #","limit":1"#)).contains(#""status":"stored""#))
                let event = try await client.text()
                #expect(event.hasSuffix(#""detail":{"n":\#(n)}}"#))
                let ended = try await client.text()
                let id = try Self.id(of: event)
                #expect(ended.hasSuffix(#""events":1,"after":"\#(id)"}"#))
                #expect(ended.contains(#""status":"ended""#))
                next = #""after":"\#(id)""#
            }
        }
    }

    @Test(
        "What makes no sense is refused with the reason, and the pattern before stays",
        arguments: [
            (#""after":"x""#, "after must be the id of an event or the sequence of an acknowledgement"),
            (#""after":-1"#, "after must be"), (#""after":{}"#, "after must be"),
            (#""since":"yesterday""#, "since must be a time such as"), (#""since":12"#, "since must be"),
            (#""from":"here""#, "from must be horizon or latest"),
            (#""after":1,"since":"2026-01-01T00:00:00Z""#, "after and since exclude each other"),
            (#""limit":3"#, "limit needs one of after, since and from"),
            (#""from":"horizon","limit":0"#, "limit must be a number"),
            (#""from":"horizon","limit":1.5"#, "limit must be"),
            (#""from":"horizon","speed":"fast""#, "speed must be events a second"),
            (#""from":"horizon","speed":0"#, "speed must be"), (#""from":"horizon","speed":"x""#, "speed must be"),
            (#""from":"horizon","speed":"infx""#, "speed must be"), (#""from":"latest","limit":1"#, "latest has none"),
        ])
    func refused(members: String, reason: String) async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            _ = try await client.ask(#"{"action":"pattern","pattern":{"detail-type":["b"]},"after":null}"#)
            let answer = try await client.ask(Self.message(members))
            #expect(answer.hasPrefix(#"{"message": "BadRequestException: "#) && answer.contains(reason), "\(answer)")
            try await gateway.publish("b", #"{"n":1}"#)
            #expect(try await client.text().hasSuffix(#""detail":{"n":1}}"#))
        }
    }
}
