import Broker
import EventLog
import Gateway
import Testing

@Suite("Event streams over HTTP", .timeLimit(.minutes(1)))
struct EventStreamTests {
    private static let pattern = "pattern=%7B%22detail-type%22%3A%5B%22a%22%5D%7D"

    private static func follow(
        _ gateway: GatewayUnderTest, _ query: String = "", headers: [(String, String)] = []
    ) async throws -> TestClient {
        let client = try await TestClient(port: gateway.port)
        let head = try await client.openStream("/dev/events?\(pattern)\(query)", headers: headers)
        #expect(head.status == 200)
        #expect(head.header("connection") == "close")
        return client
    }

    private static func n(_ line: String) -> Int? {
        line.firstMatch(of: #/"detail":\{"n":(\d+)\}\}$/#).flatMap { Int($0.1) }
    }

    /// The lines of the next block.
    private static func block(_ client: TestClient) async throws -> [String] {
        var lines: [String] = []
        while true {
            let line = try await client.line()
            if line.isEmpty { return lines }
            lines.append(line)
        }
    }

    @Test("Server-sent events come with their ids, and a client that comes back goes on behind the last one")
    func events() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await Self.follow(gateway)
            #expect(try await Self.block(first) == ["retry: 2000"])
            #expect(try await Self.block(first) == ["id: 0"])
            try await gateway.publish("a", "{\"n\":\r\n1}")
            try await gateway.publish("b", #"{"n":2}"#)
            let event = try await Self.block(first)
            let id = try #require(event.first?.wholeMatch(of: #/id: (.{36})/#)).1
            #expect(event.count == 2)
            #expect(event.last?.hasPrefix(#"data: {"version":"0","id":"\#(id)""#) == true)
            #expect(event.last?.hasSuffix(#""detail":{"n":  1}}"#) == true)
            try await first.close()
            for n in 3...8 { try await gateway.publish(n % 2 == 0 ? "b" : "a", #"{"n":\#(n)}"#) }

            // EventSource sends its own place beside the URL that it was given.
            let second = try await Self.follow(gateway, "&from=horizon", headers: [("Last-Event-ID", String(id))])
            #expect(try await Self.block(second) == ["retry: 2000"])
            #expect(try await Self.block(second) == ["id: \(id)"])
            for n in [3, 5, 7] { #expect(Self.n(try await Self.block(second).last ?? "") == n) }
            #expect(try await Self.block(second).first?.hasPrefix("id: ") == true)
            try await gateway.publish("a", #"{"n":9}"#)
            #expect(Self.n(try await Self.block(second).last ?? "") == 9)
        }
    }

    @Test("A gap is told as a notice, and an end ends the response")
    func notices() async throws {
        try await GatewayUnderTest.run { gateway in
            for n in 1...3 { try await gateway.publish("a", #"{"n":\#(n)}"#) }
            let unknown = EventID(high: 1, low: 1)
            let stream = try await Self.follow(gateway, "&after=\(unknown)&limit=2")
            _ = try await Self.block(stream)
            _ = try await Self.block(stream)
            let gap = try await Self.block(stream)
            #expect(gap.first == "event: notice")
            #expect(gap.last?.contains(#""gap":true"#) == true)
            for n in 1...2 { #expect(Self.n(try await Self.block(stream).last ?? "") == n) }
            let ended = try await Self.block(stream)
            #expect(ended.first?.hasSuffix("/0") == true)
            #expect(ended.contains("event: notice"))
            #expect(ended.last?.contains(#""status":"ended""#) == true)
            #expect(await stream.readToEnd().isEmpty)
        }
    }

    @Test("The client of a stream with a limit comes back for the rest of it, and behind the end not at all")
    func limit() async throws {
        try await GatewayUnderTest.run({ $0.allowedOrigins = ["https://app.example.com"] }) { gateway in
            for n in 1...9 { try await gateway.publish("a", #"{"n":\#(n)}"#) }
            func place(_ block: [String]) throws -> String {
                try String(#require(block.first { $0.hasPrefix("id: ") }).dropFirst(4))
            }
            let first = try await Self.follow(gateway, "&from=horizon&limit=3")
            _ = try await Self.block(first)
            #expect(try place(await Self.block(first)) == "0/3")
            let seen = try place(await Self.block(first))
            #expect(seen.hasSuffix("/2"))

            let second = try await Self.follow(gateway, "&from=horizon&limit=3", headers: [("Last-Event-ID", seen)])
            _ = try await Self.block(second)
            #expect(try place(await Self.block(second)) == seen)
            var places: [String] = []
            for n in 2...3 {
                let event = try await Self.block(second)
                #expect(Self.n(event.last ?? "") == n)
                places.append(try place(event))
            }
            let end = try await Self.block(second)
            #expect(end.last?.contains(#""status":"ended","#) == true)
            #expect(try place(end) == places.last)
            #expect(await second.readToEnd().isEmpty)

            // A browser takes an answer that it may not read for a lost connection, and would come back.
            let third = try await TestClient(port: gateway.port).request(
                "GET", "/dev/events?\(Self.pattern)&from=horizon&limit=3",
                headers: [("Last-Event-ID", places[1]), ("Origin", "https://app.example.com")])
            #expect(third.status == 204)
            #expect(third.header("access-control-allow-origin") == "https://app.example.com")
        }
    }

    @Test("A stream that ends at a time is over, too, also when nothing was in it")
    func until() async throws {
        try await GatewayUnderTest.run { gateway in
            let stream = try await Self.follow(gateway, "&from=horizon&until=2030-01-01T00:00:00Z")
            for _ in 0..<2 { _ = try await Self.block(stream) }
            #expect(try await Self.block(stream).prefix(2) == ["id: 0/0", "event: notice"])
            let again = try await TestClient(port: gateway.port).request(
                "GET", "/dev/events?\(Self.pattern)&from=horizon&until=2030-01-01T00:00:00Z",
                headers: [("Last-Event-ID", "0/0")])
            #expect(again.status == 204)
        }
    }

    @Test("HEAD is answered as GET is, without the stream")
    func head() async throws {
        try await GatewayUnderTest.run({ $0.connectionsMax = 1 }) { gateway in
            func status(_ query: String, _ headers: [(String, String)] = []) async throws -> Int {
                let client = try await TestClient(port: gateway.port)
                let lines = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
                try await client.send("HEAD /dev/events\(query) HTTP/1.1\r\nHost: localhost\r\n\(lines)\r\n")
                return try await client.head().status
            }
            let good = try await status("?\(Self.pattern)")
            #expect(good == 200)
            #expect(try await status("") == 400)
            #expect(try await status("?pattern=x") == 400)
            #expect(try await status("?\(Self.pattern)&after=x") == 400)
            #expect(try await status("?\(Self.pattern)", [("Last-Event-ID", "0/0")]) == 204)
            let stream = try await Self.follow(gateway)
            #expect(try await status("?\(Self.pattern)") == 503)
            try await stream.close()
        }
    }

    @Test("Lines of JSON for those who ask for them")
    func lines() async throws {
        try await GatewayUnderTest.run { gateway in
            try await gateway.publish("a", "{\"n\":\n1}")
            let stream = try await Self.follow(gateway, "&from=horizon", headers: [("Accept", "application/x-ndjson")])
            #expect(try await stream.line().hasSuffix(#""detail":{"n": 1}}"#))
            try await gateway.publish("a", #"{"n":2}"#)
            #expect(Self.n(try await stream.line()) == 2)
        }
    }

    @Test("A stream is a connection: it is listed, sent to, and disconnected")
    func connection() async throws {
        try await GatewayUnderTest.run { gateway in
            let stream = try await Self.follow(gateway)
            _ = try await Self.block(stream)
            _ = try await Self.block(stream)
            let status = try #require(await gateway.callback.connections().first)
            #expect(status.pattern == #"{"detail-type":["a"]}"#)
            try await gateway.callback.post(Array("hello".utf8), to: status.id, stage: "dev")
            #expect(try await Self.block(stream) == ["data: hello"])
            try await gateway.callback.disconnect(status.id, stage: "dev")
            #expect(await stream.readToEnd().isEmpty)
            while await !gateway.callback.connections().isEmpty { await Task.yield() }
        }
    }

    @Test("Shutdown ends streams behind what was published")
    func shutdown() async throws {
        try await GatewayUnderTest.run { gateway in
            let stream = try await Self.follow(gateway)
            _ = try await Self.block(stream)
            _ = try await Self.block(stream)
            await gateway.stop()
            #expect(await stream.readToEnd().isEmpty)
        }
    }

    @Test("What makes no sense is refused with the reason")
    func refused() async throws {
        try await GatewayUnderTest.run { gateway in
            func answer(_ query: String, _ headers: [(String, String)] = []) async throws -> TestClient.Response {
                try await TestClient(port: gateway.port).request("GET", "/dev/events\(query)", headers: headers)
            }
            #expect(try await answer("").body.contains("pattern is missing"))
            let invalid = try await answer("?pattern=x")
            #expect(invalid.header("x-amzn-errortype") == "InvalidEventPatternException")
            #expect(try await answer("?\(Self.pattern)&after=x").body.contains("after must be"))
            #expect(try await answer("?\(Self.pattern)&session=s").body.contains("Last-Event-ID"))
            for target in ["?\(Self.pattern)", "?\(Self.pattern)&wait=0"] {
                for id in ["junk", "junk/3"] {
                    let refused = try await answer(target, [("Last-Event-ID", id)])
                    #expect(refused.status == 400)
                    #expect(refused.body.contains(#"Last-Event-ID must be an id"#))
                    #expect(refused.body.contains(#"it is \"\#(id)\""#))
                    #expect(!refused.body.contains("after must"))
                }
            }
            #expect(try await answer("?\(Self.pattern)", [("Origin", "https://evil.example")]).status == 403)
            for wait in ["", "x", "-1", "61"] {
                #expect(try await answer("?\(Self.pattern)&wait=\(wait)").body.contains("wait is a number"))
            }
            #expect(try await answer("?\(Self.pattern)&wait=1&from=horizon&limit=1001").status == 400)
            let poll = try await answer("?\(Self.pattern)&wait=0&session=s")
            #expect(poll.status == 400)
            #expect(poll.body.contains("session is for WebSockets"))
        }
    }

    @Test("A poll answers with what there is, or waits for the first event")
    func poll() async throws {
        try await GatewayUnderTest.run { gateway in
            func poll(_ query: String, _ headers: [(String, String)] = []) async throws -> TestClient.Response {
                try await TestClient(port: gateway.port).request(
                    "GET", "/dev/events?\(Self.pattern)\(query)", headers: headers)
            }
            #expect(try await poll("&wait=0").body == #"{"events":[],"after":"0","gap":false}"#)
            for n in 1...3 { try await gateway.publish("a", #"{"n":\#(n)}"#) }
            let two = try await poll("&wait=0&from=horizon&limit=2").body
            #expect(two.firstMatch(of: #/"n":1.*"n":2/#) != nil)
            let after = try #require(two.firstMatch(of: #/"after":"(.{36})","gap":false\}$/#)).1
            let last = try await poll("&wait=0&after=\(after)", [("Accept", "application/x-ndjson")])
            #expect(Self.n(String(last.body.dropLast())) == 3)
            let next = try #require(last.header("lambdaless-after"))
            async let waiting = poll("&wait=60&after=\(next)").body
            try await gateway.publish("b", "{}")
            try await gateway.publish("a", #"{"n":4}"#)
            #expect(try await waiting.contains(#""detail":{"n":4}}],"after":""#))
        }
    }

    @Test("So many polls may wait, and no more; one that is answered makes room")
    func manyPolls() async throws {
        try await GatewayUnderTest.run({ $0.pollsMax = 5 }) { gateway in
            func poll() async throws -> TestClient.Response {
                try await TestClient(port: gateway.port).request(
                    "GET", "/dev/events?\(Self.pattern)&wait=60&from=horizon")
            }
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 { group.addTask { try await poll().status } }
                #expect(try await group.next() == 429)
                try await gateway.publish("a", "{}")
                for try await status in group { #expect(status == 200) }
            }
            let next = try await TestClient(port: gateway.port).request(
                "GET", "/dev/events?\(Self.pattern)&wait=0&from=horizon")
            #expect(next.status == 200)
        }
    }

    @Test("A poll is one of the connections that there may be")
    func pollsAreConnections() async throws {
        try await GatewayUnderTest.run({ $0.connectionsMax = 1 }) { gateway in
            let stream = try await Self.follow(gateway)
            let target = "/dev/events?\(Self.pattern)&wait=0"
            #expect(try await TestClient(port: gateway.port).request("GET", target).status == 503)
            try await stream.close()
            var status = 503
            while status == 503 { status = try await TestClient(port: gateway.port).request("GET", target).status }
            #expect(status == 200)
        }
    }

    @Test(
        "A page of an allowed origin may publish and poll, and is told so; other doors and other pages are not opened")
    func crossOrigin() async throws {
        try await GatewayUnderTest.run({ $0.allowedOrigins = ["https://app.example.com"] }) { gateway in
            func ask(
                _ method: String, _ target: String, from origin: String, _ more: [(String, String)] = [],
                body: String? = nil
            ) async throws -> TestClient.Response {
                try await TestClient(port: gateway.port).request(
                    method, target, headers: [("Origin", origin)] + more, body: body)
            }
            let allowed = "https://app.example.com"
            let wanted = [
                ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type"),
            ]
            let preflight = try await ask("OPTIONS", "/dev/events", from: allowed, wanted)
            #expect(preflight.status == 204)
            #expect(preflight.header("access-control-allow-origin") == allowed)
            #expect(preflight.header("access-control-allow-headers") == "content-type")
            #expect(try await ask("OPTIONS", "/dev/events", from: "https://evil.example", wanted).status == 403)
            let other = try await ask("OPTIONS", "/dev/@connections/x=", from: allowed, wanted)
            #expect(other.header("access-control-allow-origin") == nil)
            let event = #"{"source":"a","detail-type":"a","detail":{}}"#
            let published = try await ask("POST", "/dev/events", from: allowed, body: event)
            #expect(published.header("access-control-allow-origin") == allowed)
            let poll = try await ask("GET", "/dev/events?\(Self.pattern)&wait=0&from=horizon", from: allowed)
            #expect(poll.header("access-control-allow-origin") == allowed)
            let refused = try await ask("POST", "/dev/events", from: "https://evil.example", body: event)
            #expect(refused.status == 403)
            #expect(refused.header("access-control-allow-origin") == nil)
            let connections = try await ask("GET", "/dev/@connections", from: allowed)
            #expect(connections.header("access-control-allow-origin") == nil)
        }
    }
}
