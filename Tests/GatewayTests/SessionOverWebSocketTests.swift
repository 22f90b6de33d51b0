import Broker
import EventLog
import Gateway
import Testing

@Suite("Named sessions over WebSocket", .timeLimit(.minutes(1)))
struct SessionOverWebSocketTests {
    private static let pattern = #"{"action":"pattern","pattern":{"detail-type":["a"]}}"#

    private static func connect(_ gateway: GatewayUnderTest, _ query: String = "session=s") async throws -> TestClient {
        let client = try await TestClient(port: gateway.port)
        try await client.upgrade("/dev?\(query)")
        return client
    }

    private static func n(_ event: String) -> Int? {
        event.firstMatch(of: #/"detail":\{"n":(\d+)\}\}$/#).flatMap { Int($0.1) }
    }

    private static func list(_ gateway: GatewayUnderTest) async throws -> String {
        try await TestClient(port: gateway.port).request("GET", "/dev/@sessions").body
    }

    @Test("A client that comes back has its pattern, and gets what it missed")
    func comeBack() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await Self.connect(gateway)
            _ = try await first.ask(Self.pattern)
            try await gateway.publish("a", #"{"n":1}"#)
            #expect(Self.n(try await first.text()) == 1)
            // The client's answer to the ping behind the event is what moves the cursor.
            while try await !Self.list(gateway).contains(#""cursor":1,"behind":0"#) {
                _ = try await first.connectionID()
            }
            try await first.close()
            for n in 2...30 { try await gateway.publish(n % 2 == 0 ? "a" : "b", #"{"n":\#(n)}"#) }
            let second = try await Self.connect(gateway)
            for n in 1...15 { #expect(Self.n(try await second.text()) == 2 * n) }
            try await gateway.publish("a", #"{"n":31}"#)
            #expect(Self.n(try await second.text()) == 31)
        }
    }

    @Test("A client that sends its pattern again, as those without a session do, misses nothing by it")
    func samePattern() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await Self.connect(gateway)
            _ = try await first.ask(Self.pattern)
            try await first.close()
            for n in 1...600 { try await gateway.publish("a", #"{"n":\#(n)}"#) }
            let second = try await Self.connect(gateway)
            try await second.sendText(Self.pattern)
            var numbers: [Int] = []
            while numbers.count < 600 {
                let text = try await second.text()
                if let n = Self.n(text) { numbers.append(n) } else { #expect(text.contains(#""status":"stored""#)) }
            }
            #expect(numbers == Array(1...600))
        }
    }

    @Test("A new pattern does not give up what is on its way to the client")
    func newPattern() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await Self.connect(gateway)
            _ = try await first.ask(Self.pattern)
            try await gateway.publish("a", #"{"n":1}"#)
            // Read, but the ping behind it is not answered: the client may have lost it.
            #expect(Self.n(try await first.text()) == 1)
            try await first.sendText(#"{"action":"pattern","pattern":{"detail-type":["a","b"]}}"#)
            _ = try await first.frame()
            #expect(try await first.frame().text.contains(#""status":"stored""#))
            let second = try await Self.connect(gateway)
            #expect(Self.n(try await second.text()) == 1)
        }
    }

    @Test("A session that goes back in the log does not lose what it goes back to")
    func goesBack() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await Self.connect(gateway)
            _ = try await first.ask(Self.pattern)
            for n in 1...300 { try await gateway.publish("a", #"{"n":\#(n)}"#) }
            for n in 1...300 { #expect(Self.n(try await first.text()) == n) }
            while try await !Self.list(gateway).contains(#""cursor":300,"#) { _ = try await first.connectionID() }
            _ = try await first.ask(#"{"action":"pattern","pattern":{"detail-type":["a"]},"from":"horizon"}"#)
            for n in 1...20 { #expect(Self.n(try await first.text()) == n) }
            try await first.close()
            let second = try await Self.connect(gateway)
            let next = try #require(Self.n(try await second.text()))
            #expect(next <= 21)
            for n in (next + 1)...300 { #expect(Self.n(try await second.text()) == n) }
        }
    }

    @Test("An acknowledging session keeps what is not acknowledged when its pattern changes")
    func acknowledgingChangesPattern() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await Self.connect(gateway, "session=s&acknowledge=true")
            _ = try await first.ask(Self.pattern)
            for n in 1...10 { try await gateway.publish("a", #"{"n":\#(n)}"#) }
            for n in 1...10 { #expect(Self.n(try await first.text()) == n) }
            _ = try await first.ask(#"{"action":"pattern","pattern":{"detail-type":["a","b"]}}"#)
            let second = try await Self.connect(gateway, "session=s&acknowledge=true")
            for n in 1...10 { #expect(Self.n(try await second.text()) == n) }
        }
    }

    @Test("The same pattern in other words does not end a session's catching up")
    func otherWords() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await Self.connect(gateway)
            _ = try await first.ask(Self.pattern)
            try await first.close()
            for n in 1...2_000 { try await gateway.publish("a", #"{"n":\#(n)}"#) }
            let second = try await Self.connect(gateway)
            try await second.sendText(#"{"action":"pattern","pattern": {"detail-type": ["a"]}}"#)
            var numbers: Set<Int> = []
            var isStored = false
            // The answer may come between the events or behind them: the broker reads on while it replays.
            while numbers.count < 2_000 || !isStored {
                let text = try await second.text()
                if let n = Self.n(text) { numbers.insert(n) }
                if text.contains("stored") { isStored = true }
            }
        }
    }

    @Test("A client that wants nothing of the past ends its session's catching up", arguments: [false, true])
    func startsNow(acknowledging: Bool) async throws {
        let pattern = #"{"action":"pattern","pattern":{"detail-type":["a"]},"from":"latest"}"#
        let session = acknowledging ? "session=s&acknowledge=true" : "session=s"
        try await GatewayUnderTest.run { gateway in
            let first = try await Self.connect(gateway, session)
            _ = try await first.ask(Self.pattern)
            try await first.close()
            // More than goes on its way to a client that reads nothing.
            let padding = String(repeating: "x", count: 100_000)
            for n in 1...200 { try await gateway.publish("a", #"{"p":"\#(padding)","n":\#(n)}"#) }
            let second = try await TestClient(port: gateway.port, readsAutomatically: false)
            try await second.upgrade("/dev?\(session)")
            try await second.sendText(pattern)
            while try await !Self.list(gateway).contains(#""behind":0"#) { await Task.yield() }
            second.readsAutomatically()
            while try await !second.text().contains(#""status":"stored""#) {}
            try await gateway.publish("a", #"{"n":201}"#)
            #expect(Self.n(try await second.text()) == 201)
        }
    }

    @Test("Who comes with another pattern than the session has is told which one that was")
    func replaced() async throws {
        try await GatewayUnderTest.run { gateway in
            func come(_ pattern: String) async throws -> String {
                let client = try await Self.connect(gateway, "session=s&pattern=\(pattern)")
                return try await client.ask(#"{"action":"GET_CONNECTION_ID"}"#)
            }
            let first = try await come("%7B%22source%22%3A%5B%22a%22%5D%7D")
            #expect(first.hasPrefix(#"{"connectionId""#))
            // The same in other words.
            #expect(try await come("%7B%20%22source%22%3A%5B%22a%22%5D%7D").hasPrefix(#"{"connectionId""#))
            let news = try await come("%7B%22source%22%3A%5B%22b%22%5D%7D")
            #expect(news.contains(#""status":"stored""#))
            #expect(news.hasSuffix(#","replaced":"{ \"source\":[\"a\"]}"}"#))
        }
    }

    @Test("A pattern that has no room beside those of other sessions is refused with the reason")
    func noRoom() async throws {
        try await GatewayUnderTest.run(sessions: { $0.patternBytes = 25 }) { gateway in
            let client = try await Self.connect(gateway)
            let answer = try await client.ask(#"{"action":"pattern","pattern":{"detail-type":["a","b","c"]}}"#)
            #expect(answer.contains("LimitExceededException: the patterns of all sessions"))
            #expect(try await client.ask(Self.pattern).contains(#""status":"stored""#))
        }
    }

    @Test("The newest connection takes the session over, and the one before is told")
    func takenOver() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await Self.connect(gateway, "session=s&pattern=%7B%22detail-type%22%3A%5B%22a%22%5D%7D")
            _ = try await first.connectionID()
            let second = try await Self.connect(gateway)
            #expect(try await first.closeCode() == 4009)
            _ = try await second.connectionID()
            try await gateway.publish("a", #"{"n":1}"#)
            #expect(Self.n(try await second.text()) == 1)
        }
    }

    @Test("A client that acknowledges gets again what it did not acknowledge")
    func acknowledge() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await Self.connect(gateway)
            _ = try await first.ask(Self.pattern)
            var ids: [String] = []
            for n in 1...3 {
                try await gateway.publish("a", #"{"n":\#(n)}"#)
                let event = try await first.text()
                ids.append(String(try #require(event.firstMatch(of: #/"id":"([^"]+)"/#)).1))
            }
            try await first.sendText(#"{"action":"ack","id":"\#(ids[1])"}"#)
            _ = try await first.connectionID()
            let second = try await Self.connect(gateway)
            #expect(Self.n(try await second.text()) == 3)
            let unknown = try await second.ask(#"{"action":"ack","id":"01a1fb9f-e8c0-7000-a94d-e168c57c5647"}"#)
            #expect(unknown.contains("the log holds no event 01a1fb9f"))
            #expect(try await second.ask(#"{"action":"ack","id":7}"#).contains("ack needs id"))
            let plain = try await TestClient(port: gateway.port)
            try await plain.upgrade()
            #expect(try await plain.ask(#"{"action":"ack","id":"\#(ids[1])"}"#).contains("with a session"))
        }
    }

    @Test("A client that says that it will acknowledge gets again what it only received")
    func acknowledgesFromTheStart() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await Self.connect(gateway, "session=s&acknowledge=true")
            _ = try await first.ask(Self.pattern)
            try await gateway.publish("a", #"{"n":1}"#)
            #expect(Self.n(try await first.text()) == 1)
            // Answers the ping behind the event.
            _ = try await first.connectionID()
            let second = try await Self.connect(gateway, "session=s&acknowledge=true")
            #expect(Self.n(try await second.text()) == 1)
        }
    }

    /// Can save nothing.
    private struct FullStore: SessionStore {
        func sessions() -> [SessionRecord] { [] }
        func save(_ changed: [SessionRecord], deleted: [SessionKey]) throws { throw CancellationError() }
        func close() {}
    }

    @Test("A session that cannot be deleted for good is not called deleted")
    func failingStore() async throws {
        try await GatewayUnderTest.run(sessionStore: FullStore()) { gateway in
            let subscriber = try await Self.connect(gateway)
            _ = try await subscriber.connectionID()
            let client = try await TestClient(port: gateway.port)
            #expect(try await client.request("DELETE", "/dev/@sessions/s").status == 500)
            #expect(try await client.request("DELETE", "/dev/@sessions/s").status == 404)
        }
    }

    @Test("Sessions are listed, and can be deleted")
    func list() async throws {
        try await GatewayUnderTest.run { gateway in
            #expect(try await Self.list(gateway) == #"{"sessions":[]}"#)
            let client = try await Self.connect(gateway)
            let id = try await client.connectionID()
            _ = try await client.ask(Self.pattern)
            let list = try await Self.list(gateway)
            let form =
                #/\{"sessions":\[\{"name":"s","stage":"dev","pattern":"\{\\"detail-type\\":\[\\"a\\"\]\}","cursor":0,"behind":0,"acknowledging":false,"connectionId":"(.+)","lastUsedAt":"[0-9T:Z-]{20}"\}\]\}/#
            #expect(list.wholeMatch(of: form)?.1 == id[...], "\(list)")
            func delete(_ name: String) async throws -> Int {
                try await TestClient(port: gateway.port).request("DELETE", "/dev/@sessions/\(name)").status
            }
            #expect(try await delete("s") == 204)
            #expect(try await client.closeCode() == 4009)
            #expect(try await delete("s") == 404)
            #expect(try await Self.list(gateway) == #"{"sessions":[]}"#)
        }
    }

    @Test("What is no name is refused with the reason")
    func refused() async throws {
        try await GatewayUnderTest.run { gateway in
            for name in ["", "a%20b", "a%2Fb"] {
                let response = try await TestClient(port: gateway.port).request(
                    "GET", "/dev?session=\(name)", headers: TestClient.handshakeHeaders)
                #expect(response.status == 400)
                #expect(response.body.contains("session is a name of"))
            }
        }
    }
}
