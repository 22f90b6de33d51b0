import Broker
import Gateway
import NIOCore
import PatternIndex
import Testing

/// Deliveries, changes of patterns and messages that are handed over as fast as they come, so that many meet in one turn
/// of the event loop.
@Suite("The order of what reaches a connection", .timeLimit(.minutes(1)))
struct DeliveryOrderTests {
    private static let one = PatternID(rawValue: 1)
    private static let other = PatternID(rawValue: 70)

    @Test("Events before a change of pattern go by the pattern before, those behind it by the new one")
    func bindWithinTurn() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            let id = try #require(ConnectionID(try await client.connectionID()))
            let callback = gateway.callback
            for n in 0..<300 {
                callback.bind(id, to: Self.one, text: nil, acknowledgement: Array("one \(n)".utf8))
                await callback.deliver([Delivered("a\(n)", Self.one), Delivered("b\(n)", Self.one, Self.other)])
                callback.bind(id, to: Self.other, text: nil, acknowledgement: Array("other \(n)".utf8))
                await callback.deliver([Delivered("no\(n)", Self.one), Delivered("c\(n)", Self.other)])
                await callback.deliver([Delivered("d\(n)", Self.one, Self.other)])
                callback.bind(id, to: nil, text: nil, acknowledgement: Array("none \(n)".utf8))
                await callback.deliver([Delivered("no\(n)", Self.one, Self.other)])
            }
            for n in 0..<300 {
                for text in ["one \(n)", "a\(n)", "b\(n)", "other \(n)", "c\(n)", "d\(n)", "none \(n)"] {
                    #expect(try await client.text() == text)
                }
            }
            #expect(await callback.connections().map(\.counters.matched) == [1200])
        }
    }

    @Test("Whatever the kernel takes at once, NIO sends the rest before anything that follows")
    func fullSocket() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port, readsAutomatically: false)
            try await client.upgrade()
            let id = try #require(ConnectionID(try await client.connectionID()))
            gateway.callback.bind(id, to: Self.one, text: nil, acknowledgement: nil)
            // Of many lengths, so that the socket is full at a different place of a frame each time.
            func event(_ n: Int) -> String { "event \(n) " + String(repeating: "x", count: n * 7919 % 90_000) }
            for round in 0..<4 {
                for n in 0..<100 {
                    await gateway.callback.deliver([Delivered(event(n), Self.one)])
                    if n % 10 == 0 { try await gateway.callback.post(Array("post \(n)".utf8), to: id, stage: nil) }
                    if n % 25 == 0 { try await client.sendFrame([UInt8(n)], opcode: 9) }
                }
                if round == 0 { #expect(await gateway.callback.connections().contains { $0.counters.queuedBytes > 0 }) }
                var (texts, pongs): ([String], [UInt8]) = ([], [])
                while texts.count < 110 || pongs.isEmpty {
                    let frame = try await client.frame()
                    if frame.opcode == 10 { pongs += frame.payload } else { texts.append(frame.text) }
                }
                var expected: [String] = []
                for n in 0..<100 { expected += n % 10 == 0 ? [event(n), "post \(n)"] : [event(n)] }
                let isSame = texts == expected
                #expect(isSame, "round \(round)")
            }
        }
    }

    @Test("A message through @connections keeps its place among the events")
    func postAmongEvents() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            let id = try #require(ConnectionID(try await client.connectionID()))
            gateway.callback.bind(id, to: Self.one, text: nil, acknowledgement: nil)
            for n in 0..<200 {
                await gateway.callback.deliver([Delivered("event \(n)", Self.one)])
                try await gateway.callback.post(Array("post \(n)".utf8), to: id, stage: nil)
            }
            for n in 0..<200 {
                #expect(try await client.text() == "event \(n)")
                #expect(try await client.text() == "post \(n)")
            }
        }
    }

    @Test("Short and long events, more than a turn takes, come whole and in order to all holders of a pattern")
    func pieces() async throws {
        try await GatewayUnderTest.run { gateway in
            var clients: [TestClient] = []
            for pattern in [Self.one, Self.one, Self.other] {
                let client = try await TestClient(port: gateway.port)
                try await client.upgrade()
                let id = try #require(ConnectionID(try await client.connectionID()))
                gateway.callback.bind(id, to: pattern, text: nil, acknowledgement: nil)
                clients.append(client)
            }
            let lengths = (0..<400).map { $0 % 7 == 0 ? 17_000 : $0 % 50 == 1 ? 70_000 : $0 * 11 }
            let texts = lengths.enumerated().map { "\($0) " + String(repeating: "x", count: $1) }
            await gateway.callback.deliver(texts.map { Delivered($0, Self.one, Self.other) })
            for client in clients {
                for text in texts { #expect(try await client.text() == text) }
            }
        }
    }

    @Test("Holders of a pattern that come and go leave the others' deliveries alone")
    func holdersComeAndGo() async throws {
        try await GatewayUnderTest.run { gateway in
            var clients: [(socket: TestClient, id: ConnectionID)] = []
            for _ in 0..<6 {
                let client = try await TestClient(port: gateway.port)
                try await client.upgrade()
                clients.append((client, try #require(ConnectionID(try await client.connectionID()))))
            }
            // By turns: who holds which of three patterns.
            for round in 0..<30 {
                for (n, client) in clients.enumerated() {
                    let pattern = PatternID(rawValue: UInt32((round * (n + 1)) % 3) * 1000)
                    gateway.callback.bind(client.id, to: pattern, text: nil, acknowledgement: nil)
                }
                await gateway.callback.deliver(
                    (0..<3).map { Delivered("\(round) \($0)", PatternID(rawValue: $0 * 1000)) })
            }
            for round in 0..<30 {
                for (n, client) in clients.enumerated() {
                    #expect(try await client.socket.text() == "\(round) \((round * (n + 1)) % 3)")
                }
            }
        }
    }
}
