import Broker
import Gateway
import NIOCore
import Testing

@Suite("WebSocket on a running gateway", .timeLimit(.minutes(1)))
struct ServerWebSocketTests {
    private static func pattern(_ type: String) -> String {
        #"{"action":"pattern","pattern":{"detail-type":["\#(type)"]}}"#
    }

    @Test("The handshake of the RFC's example is answered as in the RFC, below the stage and with a slash")
    func handshake() async throws {
        try await GatewayUnderTest.run { gateway in
            for target in ["/dev", "/dev/", "/dev?x=1"] {
                let client = try await TestClient(port: gateway.port)
                let response = try await client.upgrade(target)
                #expect(response.status == 101)
                #expect(response.header("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                #expect(response.headers.filter { $0.name.lowercased() == "x-amzn-requestid" }.count == 1)
                #expect(response.header("sec-websocket-protocol") == nil)
                #expect(try await client.connectionID().count == 16)
            }
        }
    }

    @Test("Handshakes that cannot succeed are refused with the status of API Gateway, and the reason")
    func refusedHandshakes() async throws {
        try await GatewayUnderTest.run { gateway in
            func refusal(_ target: String, _ headers: [(String, String)]) async throws -> TestClient.Response {
                try await TestClient(port: gateway.port).request("GET", target, headers: headers)
            }
            let complete = TestClient.handshakeHeaders
            func without(_ name: String) -> [(String, String)] { complete.filter { $0.0 != name } }

            let unknown = try await refusal("/other", complete)
            #expect(unknown.status == 403)
            #expect(unknown.body == #"{"message":"Forbidden"}"#)
            #expect(try await refusal("/dev", []).status == 426)
            let closing = try await refusal("/dev", [("Connection", "close")])
            #expect(closing.status == 426)
            #expect(closing.headers.filter { $0.name == "Connection" }.map(\.value) == ["close"])
            #expect(try await refusal("/dev", without("Upgrade")).status == 426)
            #expect(try await refusal("/dev", without("Sec-WebSocket-Key")).status == 400)
            let short = without("Sec-WebSocket-Key") + [("Sec-WebSocket-Key", "c2hvcnQ=")]
            #expect(try await refusal("/dev", short).status == 400)
            let old = try await refusal("/dev", without("Sec-WebSocket-Version") + [("Sec-WebSocket-Version", "8")])
            #expect(old.status == 426)
            #expect(old.header("sec-websocket-version") == "13")
            #expect(try await refusal("/dev", complete + [("Origin", "https://evil.example")]).status == 403)
            let withBody = try await TestClient(port: gateway.port).request("GET", "/dev", headers: complete, body: "x")
            #expect(withBody.status == 400)
        }
    }

    @Test("A pattern is acknowledged, its events follow, and an unsubscribed connection gets none")
    func subscribe() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            let id = try await client.connectionID()
            let acknowledgement = try await client.ask(Self.pattern("a"))
            let form =
                #/\{"action":"pattern","status":"stored","connectionId":"(.+)","requestId":"(.{16})","sequence":0\}/#
            #expect(acknowledgement.wholeMatch(of: form)?.1 == id[...])
            try await gateway.publish("b")
            try await gateway.publish("a", #"{"n":1}"#)
            #expect(try await client.text().hasSuffix(#""detail":{"n":1}}"#))
            let cleared = try await client.ask(#"{"action":"unsubscribe"}"#)
            #expect(cleared.hasPrefix(#"{"action":"unsubscribe","status":"cleared","#))
            try await gateway.publish("a")
            #expect(try await client.connectionID() == id)
        }
    }

    @Test("Messages sent in one go are answered in their order, and an invalid pattern changes nothing")
    func order() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            let messages = [
                Self.pattern("a"), #"{"action":"pattern","pattern":{"a":1}}"#, #"{"action":"GET_CONNECTION_ID"}"#, "?",
                #"{"action":"pattern"}"#,
            ]
            try await client.send(messages.flatMap { TestClient.frame(Array($0.utf8)) })
            #expect(try await client.text().contains("stored"))
            let error = try await client.text()
            let prefix = #"{"message": "InvalidEventPatternException: Event pattern is not valid. Reason: "#
            #expect(error.hasPrefix(prefix), "\(error)")
            #expect(try await client.text().hasPrefix(#"{"connectionId":"#))
            let forbidden = try await client.text()
            let form = #/\{"message": "Forbidden", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}/#
            #expect(forbidden.wholeMatch(of: form) != nil, "\(forbidden)")
            #expect(try await client.text().hasPrefix(prefix))
            try await gateway.publish("a")
            #expect(try await client.text().contains(#""detail-type":"a""#))
        }
    }

    @Test("A pattern in the URL holds before the first answer; an invalid one refuses the upgrade with its error")
    func patternInURL() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            let target = "/dev?pattern=%7B%22detail-type%22:%20%5B%22a%22%5D%7D"
            // What is sent together with the handshake must not be lost.
            let handshake = TestClient.handshakeHeaders.map { "\($0): \($1)\r\n" }.joined()
            let question = TestClient.frame(Array(#"{"action":"GET_CONNECTION_ID"}"#.utf8))
            try await client.send(
                Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(handshake)\r\n".utf8) + question)
            #expect(try await client.head().status == 101)
            #expect(try await client.text().hasPrefix(#"{"connectionId":"#))
            try await gateway.publish("a")
            #expect(try await client.text().contains(#""detail-type":"a""#))

            let refused = try await TestClient(port: gateway.port).upgrade("/dev?pattern=%7B%22a%22:1%7D")
            #expect(refused.status == 400)
            #expect(refused.header("x-amzn-errortype") == "InvalidEventPatternException")
            #expect(refused.body.hasPrefix(#"{"message":"Event pattern is not valid. Reason: \"a\" must be"#))
        }
    }

    @Test("sendmessage reaches all connections of the stage and no other stage, and can be switched off")
    func sendMessage() async throws {
        try await GatewayUnderTest.run {
            $0.stages = ["dev", "other"]
        } _: { gateway in
            let one = try await TestClient(port: gateway.port)
            let two = try await TestClient(port: gateway.port)
            let other = try await TestClient(port: gateway.port)
            try await one.upgrade()
            try await two.upgrade()
            try await other.upgrade("/other")
            _ = try await two.connectionID()
            _ = try await other.connectionID()
            #expect(try await one.ask(#"{"action":"sendmessage","data":"tö all"}"#) == "tö all")
            #expect(try await two.text() == "tö all")
            #expect(try await one.ask(#"{"action":"sendmessage","data":{"a": 1}}"#) == #"{"a": 1}"#)
            #expect(try await two.text() == #"{"a": 1}"#)
            #expect(try await one.ask(#"{"action":"sendmessage"}"#).hasPrefix(#"{"message": "Bad request body""#))
            #expect(try await other.connectionID().count == 16, "nothing came before this answer")
        }
        try await GatewayUnderTest.run {
            $0.allowSendMessage = false
        } _: { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            #expect(try await client.ask(#"{"action":"sendmessage","data":1}"#).hasPrefix(#"{"message": "Forbidden""#))
        }
    }

    @Test("A message that is too long closes with 1009, a binary one with 1003, and nobody else notices")
    func limits() async throws {
        try await GatewayUnderTest.run { gateway in
            let neighbour = try await TestClient(port: gateway.port)
            try await neighbour.upgrade()
            let long = try await TestClient(port: gateway.port)
            try await long.upgrade()
            try await long.sendFrame(Array(repeating: 65, count: 128 * 1024 + 1))
            let tooLong = try await long.frame()
            #expect(tooLong.opcode == 8)
            #expect(tooLong.closeCode == 1009)
            #expect(await long.isClosedByServer())

            let binary = try await TestClient(port: gateway.port)
            try await binary.upgrade()
            try await binary.sendFrame([1, 2], opcode: 2)
            #expect(try await binary.frame().closeCode == 1003)
            #expect(try await neighbour.connectionID().count == 16)
        }
    }

    @Test("API Gateway's limits: frames of 32 KB, and events over 128 KB are counted and not sent")
    func awsLimits() async throws {
        try await GatewayUnderTest.run {
            $0.adoptAWSLimits()
        } _: { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            _ = try await client.ask(Self.pattern("a"))
            try await gateway.publish("a", #"{"text":"\#(String(repeating: "x", count: 128 * 1024))"}"#)
            try await gateway.publish("a", #"{"n":1}"#)
            #expect(try await client.text().hasSuffix(#"{"n":1}}"#))
            #expect(await gateway.callback.connections().map(\.counters.matched) == [2])
            try await client.sendFrame(Array(repeating: 65, count: 32 * 1024 + 1))
            #expect(try await client.frame().closeCode == 1009)
        }
    }

    @Test("A large event comes whole")
    func largeEvent() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            _ = try await client.ask(Self.pattern("a"))
            let text = String(repeating: "é", count: 500_000)
            try await gateway.publish("a", #"{"text":"\#(text)"}"#)
            #expect(try await client.text().hasSuffix(#"{"text":"\#(text)"}}"#))
        }
    }

    @Test("A client that does not read is closed with 4008, and the others get everything in order")
    func slowConsumer() async throws {
        try await GatewayUnderTest.run {
            $0.webSocket.outboundQueueBytesMax = 256 * 1024
        } _: { gateway in
            let slow = try await TestClient(port: gateway.port, readsAutomatically: false)
            let quick = try await TestClient(port: gateway.port)
            for client in [slow, quick] {
                try await client.upgrade()
                #expect(try await client.ask(Self.pattern("a")).contains("stored"))
            }
            // More than the kernel's buffers of both sides and our queue take, and each less than the queue.
            let text = String(repeating: "x", count: 100_000)
            var published = 0
            while await gateway.callback.connections().count == 2, published < 1000 {
                try await gateway.publish("a", #"{"text":"\#(text)","n":\#(published)}"#)
                #expect(try await quick.text().hasSuffix(#""n":\#(published)}}"#))
                published += 1
            }
            slow.readsAutomatically()
            var last = try await slow.frame()
            var count = 0
            while last.opcode == 1 {
                #expect(last.text.hasSuffix(#""n":\#(count)}}"#), "without a gap up to the close frame")
                count += 1
                last = try await slow.frame()
            }
            #expect(last.opcode == 8)
            #expect(last.closeCode == 4008)
            #expect(last.closeReason.contains("262144 bytes"))
            #expect(await slow.isClosedByServer())
            #expect(count < published)
        }
    }

    @Test("Shutdown says Going away to every client, and returns when they are gone")
    func shutdown() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            _ = try await client.connectionID()
            let idle = try await TestClient(port: gateway.port)
            #expect(try await idle.request("GET", "/health").status == 200)
            await gateway.stop()
            let goodbye = try await client.frame()
            #expect(goodbye.closeCode == 1001)
            #expect(goodbye.closeReason == "Going away")
            try await client.sendFrame([0x03, 0xE9], opcode: 8)
            #expect(await client.isClosedByServer())
            #expect(await idle.isClosedByServer())
        }
    }

    @Test("The limit for a shutdown holds for clients that do not answer")
    func shutdownTimeLimit() async throws {
        try await GatewayUnderTest.run {
            $0.shutdownTimeLimit = .milliseconds(50)
        } _: { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            await gateway.stop()
            #expect(try await client.frame().closeCode == 1001)
            #expect(await client.isClosedByServer())
        }
    }
}
