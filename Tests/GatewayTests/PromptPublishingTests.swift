import Broker
import EventLog
import Gateway
import Testing

@Suite("Publish requests that are answered on the event loop", .timeLimit(.minutes(1)))
struct PromptPublishingTests {
    private func event(_ n: Int) -> String { #"{"source":"s","detail-type":"d","detail":{"n":\#(n)}}"# }

    private func withoutIDs(_ text: String) -> String {
        String(text.replacing(/[0-9a-f]{8}-[-0-9a-f]{27}/, with: "ID"))
    }

    private static let escapes = #"{"source":"\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00\u0000é😀","#
    private static let bodies: [(type: String?, body: String)] = [
        (nil, #"{"source":"s","detail-type":"d","detail":{"a" : 1.0}}"#),
        (nil, escapes + #""detail-type":"\ud800","detail":{"\u0061":"\n"}}"#),
        (nil, #" { "detail-type" : "d", "source":"a", "\u0073ource" : "b" , "detail" : { } } "#),
        (nil, #"{"source":"s","detail-type":"d","detail":{},"resources":["\t","é"],"time":0,"region":"\n"}"#),
        (nil, #"[{"source":"s","detail-type":"d","detail":{}},7,{"source":"s"}]"#),
        (nil, "[]"), (nil, ""), (nil, "{"), (nil, "\n\n  {\"source\":7}"), (nil, "\n[\n{\"source\":\n7}]"),
        (nil, #"{"Source":"s","DetailType":"d","Detail":"{}"}"#),
        (
            "application/x-ndjson",
            #"{"source":"s","detail-type":"d","detail":{}}"# + "\n\n{\n" + escapes + #""detail-type":"d","detail":{}}"#
        ),
        ("application/x-ndjson", ""), ("application/x-ndjson", "x\ny"),
        ("application/cloudevents+json", #"{"specversion":"1.0","id":"1","source":"s","type":"t","x\u0079":"\n"}"#),
        ("application/cloudevents-batch+json", #"[{"specversion":"1.0","id":"1","source":"s","type":"t"}]"#),
    ]

    /// What came of a request, also if the answer came later.
    private func answer(
        _ test: EventsDoorUnderTest,
        _ door: (_ later: @escaping @Sendable (GatewayResponse) -> Void) -> PromptAnswer<GatewayResponse>
    ) async -> GatewayResponse? {
        let (answers, continuation) = AsyncStream.makeStream(of: GatewayResponse.self)
        switch door({ continuation.yield($0) }) {
        case .now(let response): return response
        case .later:
            test.door.announce()
            return await answers.first { _ in true }
        case .needsTask: return nil
        }
    }

    @Test(
        "They get the answers and make the events that they would in a task", arguments: bodies.indices, [false, true])
    func same(index: Int, isDeferred: Bool) async throws {
        let (type, body) = Self.bodies[index]
        let (prompt, inTask) = (EventsDoorUnderTest(isDeferred: isDeferred), EventsDoorUnderTest())
        let headers = type.map { [(name: "Content-Type", value: $0)] } ?? []
        let request = GatewayRequest(method: "POST", target: "/dev/events", headers: headers)
        let answer = try #require(
            await answer(prompt) { prompt.door.answer(request, body: Array(body.utf8), later: $0) })
        let expected = await inTask.publish(body, type)
        #expect(answer.status == expected.status)
        #expect(withoutIDs(String(decoding: answer.body, as: UTF8.self)) == withoutIDs(expected.body))
        #expect(prompt.events == inTask.events)
    }

    @Test(
        "So does PutEvents",
        arguments: [
            #"{"Entries":[{"Source":"s","DetailType":"d","Detail":"{\"a\":\"\\u00e9\\n\"}"},{"Source":"s"}]}"#,
            #"{"Entries":[{"Source":"s","DetailType":"d","Detail":"{}","EventBusName":"none"}]}"#,
            #"{"Entries":[{"Source":"s","DetailType":"d","Detail":"{}"},{"Source":"t","DetailType":"d","Detail":"{}","EventBusName":"none"},{"Source":"u","DetailType":"d","Detail":"{}","EventBusName":"default"},{}]}"#,
            #"{"Entries":[]}"#, #"{"Entries":7}"#, "{", "{\n\"Entries\":[{},\n 7]}",
            "{\n\"Entries\":[{},\n {\"Source\":7}]}",
        ], [false, true])
    func putEvents(body: String, isDeferred: Bool) async throws {
        let (prompt, inTask) = (EventsDoorUnderTest(isDeferred: isDeferred), EventsDoorUnderTest())
        let request = GatewayRequest(
            method: "POST", target: "/", headers: [("x-amz-target", "AWSEvents.PutEvents")], body: Array(body.utf8))
        let answer = try #require(await answer(prompt) { prompt.aws.answer(request, later: $0) })
        let expected = await inTask.call("PutEvents", body)
        #expect(answer.status == expected.status)
        #expect(withoutIDs(String(decoding: answer.body, as: UTF8.self)) == withoutIDs(expected.body))
        #expect(prompt.events == inTask.events)
    }

    @Test("What is more than one batch, another operation, or has to wait, is for a task, and nothing has happened")
    func others() async {
        let test = EventsDoorUnderTest { $0.batchEventsMax = 2 }
        let lines = [(name: "Content-Type", value: "application/x-ndjson")]
        let request = GatewayRequest(method: "POST", target: "/dev/events")
        let lineRequest = GatewayRequest(method: "POST", target: "/dev/events", headers: lines)
        let three = [event(0), event(1), event(2)]
        let bodies: [(GatewayRequest, String)] = [
            (request, "[\(three.joined(separator: ","))]"), (lineRequest, three.joined(separator: "\n")),
            (lineRequest, three.joined(separator: "\n") + "\n"),
        ]
        for (request, body) in bodies {
            #expect(await answer(test) { test.door.answer(request, body: Array(body.utf8), later: $0) } == nil)
        }
        let operation = GatewayRequest(
            method: "POST", target: "/", headers: [("X-Amz-Target", "AWSEvents.TestEventPattern")])
        #expect(await answer(test) { test.aws.answer(operation, later: $0) } == nil)
        test.bus.stop()
        #expect(await answer(test) { test.door.answer(request, body: Array(event(0).utf8), later: $0) } == nil)
        #expect(test.events.isEmpty)
    }

    @Test("A client that is gone before the log has answered harms nobody, and its event is published")
    func gone() async throws {
        let log = DeferringLog()
        try await GatewayUnderTest.run(log: log) { gateway in
            let socket = try await TestClient(port: gateway.port)
            try await socket.upgrade()
            _ = try await socket.ask(#"{"action":"pattern","pattern":{"source":["s"]}}"#)
            for n in 0..<50 {
                let client = try await TestClient(port: gateway.port)
                try await client.send(post(n))
                try await client.close()
            }
            var seen: Set<String> = []
            for _ in 0..<50 { seen.insert(String(try await socket.text().suffix(10))) }
            #expect(seen.count == 50)
            #expect(try await TestClient(port: gateway.port).request("GET", "/health").status == 200)
        }
    }

    // MARK: On a connection

    private func post(_ n: Int) -> String {
        let body = event(n)
        return "POST /dev/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test(
        "Pipelined requests are published and answered in order, behind others of either kind",
        arguments: [false, true])
    func pipelined(isDeferred: Bool) async throws {
        try await GatewayUnderTest.run(log: isDeferred ? DeferringLog() : MemoryEventLog()) { gateway in
            let socket = try await TestClient(port: gateway.port)
            try await socket.upgrade()
            _ = try await socket.ask(#"{"action":"pattern","pattern":{"source":["s"]}}"#)
            let client = try await TestClient(port: gateway.port)
            let count = 1_000
            let stats = "GET /dev/stats HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try await client.send(stats + (0..<count).map { post($0) }.joined() + stats + post(count))
            #expect(try await client.response().body.hasPrefix(#"{"patterns":1"#))
            for _ in 0..<count {
                let response = try await client.response()
                try #require(response.status == 200 && response.body.hasPrefix(#"{"FailedEntryCount":0,"#))
            }
            #expect(try await client.response().body.hasPrefix(#"{"patterns":1"#))
            #expect(try await client.response().status == 200)
            for n in 0...count { try #require(try await socket.text().contains(#""detail":{"n":\#(n)}"#)) }
        }
    }

    @Test("Lines go out as they come, also of a short body, and of one that waited behind another request")
    func slowLines() async throws {
        try await GatewayUnderTest.run { gateway in
            let socket = try await TestClient(port: gateway.port)
            try await socket.upgrade()
            _ = try await socket.ask(#"{"action":"pattern","pattern":{"source":["s"]}}"#)
            for before in ["", "GET /dev/stats HTTP/1.1\r\nHost: localhost\r\n\r\n", post(7)] {
                let client = try await TestClient(port: gateway.port)
                let (first, second) = (event(1) + "\n", event(2) + "\n")
                try await client.send(
                    before + "POST /dev/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
                        + "Content-Length: \(first.utf8.count + second.utf8.count)\r\n\r\n" + first)
                if before.hasPrefix("POST") { #expect(try await socket.text().contains(#""n":7}"#)) }
                #expect(try await socket.text().contains(#""n":1}"#))
                try await client.send(second)
                #expect(try await socket.text().contains(#""n":2}"#))
                if !before.isEmpty { #expect(try await client.response().status == 200) }
                #expect(try await client.response().body.hasPrefix(#"{"FailedEntryCount":0,"EntryCount":2,"#))
            }
        }
    }

    @Test("A body that comes byte by byte, or is larger than what is read at once, is published all the same")
    func slowAndLarge() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            for byte in post(1).utf8 { try await client.send([byte]) }
            #expect(try await client.response().status == 200)
            let large = #"{"source":"s","detail-type":"d","detail":{"x":"\#(String(repeating: "é", count: 100_000))"}}"#
            #expect(try await client.request("POST", "/dev/events", body: large).status == 200)
            // Behind a body that breaks off, what came of it is published.
            let socket = try await TestClient(port: gateway.port)
            try await socket.upgrade()
            _ = try await socket.ask(#"{"action":"pattern","pattern":{"source":["s"]}}"#)
            let broken = try await TestClient(port: gateway.port)
            try await broken.send(
                "POST /dev/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
                    + "Content-Length: 1000\r\n\r\n\(event(5))\n")
            #expect(try await socket.text().contains(#""n":5}"#))
            try await broken.close()
            #expect(try await client.request("GET", "/health").status == 200)
        }
    }
}
