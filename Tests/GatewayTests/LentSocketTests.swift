import Broker
import Gateway
import NIOCore
import PatternIndex
import Testing

/// A connection that alone holds its pattern lends its socket after the first event. What ends the loan must come behind
/// the events before it, and what was sent meanwhile must count.
@Suite("Events by a socket that the connection has lent", .timeLimit(.minutes(1)))
struct LentSocketTests {
    private static let one = PatternID(rawValue: 1)
    private static let other = PatternID(rawValue: 2)

    private typealias Subscriber = (client: TestClient, id: ConnectionID)

    private func subscriber(_ gateway: GatewayUnderTest, _ pattern: PatternID?) async throws -> Subscriber {
        let client = try await TestClient(port: gateway.port)
        try await client.upgrade()
        let id = try #require(ConnectionID(try await client.connectionID()))
        if let pattern { bind(gateway, id, pattern) }
        return (client, id)
    }

    private func bind(_ gateway: GatewayUnderTest, _ id: ConnectionID, _ pattern: PatternID?) {
        gateway.callback.bind(id, to: pattern, text: nil, missed: [], acknowledgement: nil)
    }

    /// Delivers events one by one, each in a turn of its own, and expects them; the first has the loan begin.
    private func deliver(_ texts: [String], _ gateway: GatewayUnderTest, to client: TestClient) async throws {
        for text in texts {
            await gateway.callback.deliver([Delivered(text, Self.one)])
            #expect(try await client.text() == text)
        }
    }

    @Test("What was sent counts for the connection and for the metrics, each event once")
    func counters() async throws {
        let registry = PrometheusRegistry()
        try await GatewayUnderTest.run {
            $0.metricsFactory = registry
            $0.eventBytesMax = 100
        } _: { gateway in
            let (client, id) = try await subscriber(gateway, Self.one)
            let before = try await gateway.callback.status(of: id, stage: nil)
            try await deliver(["a", "bb", "ccc", "dddd"], gateway, to: client)
            await gateway.callback.deliver([Delivered(String(repeating: "x", count: 101), Self.one)])
            try await deliver(["eeeee"], gateway, to: client)
            for _ in 0..<2 {
                let status = try await gateway.callback.status(of: id, stage: nil)
                #expect(status.counters.matched == 6)
                #expect(status.counters.sentMessages - before.counters.sentMessages == 5)
                #expect(status.counters.sentBytes - before.counters.sentBytes == 15 + 5 * 2)
                #expect(status.lastActiveAt >= before.lastActiveAt)
            }
            // Goes on from there.
            try await deliver(["f", "g", "h"], gateway, to: client)
            let status = try await gateway.callback.status(of: id, stage: nil)
            #expect(status.counters.matched == 9)
            #expect(status.counters.sentMessages - before.counters.sentMessages == 8)
            let all = "lambdaless_messages_sent_total \(status.counters.sentMessages)"
            while !registry.text().split(separator: "\n").contains(Substring(all)) { await Task.yield() }
        }
    }

    @Test("A second connection with the pattern gets its events, and the first goes on when it leaves")
    func sharedPattern() async throws {
        try await GatewayUnderTest.run { gateway in
            let (first, second) = (try await subscriber(gateway, Self.one), try await subscriber(gateway, nil))
            for round in 0..<20 {
                try await deliver(["\(round) a", "\(round) b"], gateway, to: first.client)
                bind(gateway, second.id, Self.one)
                try await deliver(["\(round) c", "\(round) d"], gateway, to: first.client)
                for text in ["c", "d"] { #expect(try await second.client.text() == "\(round) \(text)") }
                bind(gateway, second.id, nil)
            }
            #expect(try await gateway.callback.status(of: first.id, stage: nil).counters.matched == 80)
            #expect(try await gateway.callback.status(of: second.id, stage: nil).counters.matched == 40)
        }
    }

    @Test("Another pattern takes the socket along: nothing goes by the pattern before")
    func otherPattern() async throws {
        try await GatewayUnderTest.run { gateway in
            let (client, id) = try await subscriber(gateway, Self.one)
            try await deliver(["a", "b"], gateway, to: client)
            bind(gateway, id, Self.other)
            await gateway.callback.deliver([Delivered("no", Self.one)])
            await gateway.callback.deliver([Delivered("c", Self.other)])
            #expect(try await client.text() == "c")
            bind(gateway, id, nil)
            await gateway.callback.deliver([Delivered("no", Self.one), Delivered("no", Self.other)])
            bind(gateway, id, Self.one)
            try await deliver(["d"], gateway, to: client)
            #expect(try await gateway.callback.status(of: id, stage: nil).counters.matched == 4)
        }
    }

    @Test("A connection that comes with the number of a closed one's socket gets only what is its own")
    func reusedDescriptor() async throws {
        try await GatewayUnderTest.run { gateway in
            for round in 0..<20 {
                let pattern = PatternID(rawValue: UInt32(round % 2))
                let (client, id) = try await subscriber(gateway, pattern)
                await gateway.callback.deliver([Delivered("a", pattern)])
                await gateway.callback.deliver([Delivered("b", pattern)])
                for text in ["a", "b"] { #expect(try await client.text() == text) }
                try await client.close()
                while await gateway.callback.connections().contains(where: { $0.id == id }) { await Task.yield() }
                let (next, _) = try await subscriber(gateway, PatternID(rawValue: 7))
                await gateway.callback.deliver([Delivered("no", pattern)])
                await gateway.callback.deliver([Delivered("c", PatternID(rawValue: 7))])
                #expect(try await next.text() == "c")
                try await next.close()
                while await !gateway.callback.connections().isEmpty { await Task.yield() }
            }
        }
    }

    @Test("Nothing is sent behind a close frame, whoever closes")
    func closing() async throws {
        try await GatewayUnderTest.run { gateway in
            for byServer in [true, false] {
                let (client, id) = try await subscriber(gateway, Self.one)
                try await deliver(["a", "b", "c"], gateway, to: client)
                if byServer {
                    try await gateway.callback.disconnect(id, stage: nil)
                } else {
                    try await client.sendFrame([0x03, 0xE8], opcode: 8)
                    while await !gateway.callback.connections().isEmpty { await Task.yield() }
                }
                await gateway.callback.deliver([Delivered("no", Self.one)])
                #expect(try await client.frame().opcode == 8)
                if byServer { try await client.sendFrame([0x03, 0xE8], opcode: 8) }
                #expect(await client.isClosedByServer())
            }
        }
    }

    @Test("Events keep a connection from being idle")
    func idle() async throws {
        try await GatewayUnderTest.run {
            $0.webSocket.idleTimeLimit = .seconds(1)
            $0.sweepInterval = .milliseconds(50)
        } _: { gateway in
            let (client, _) = try await subscriber(gateway, Self.one)
            let start = ContinuousClock.now
            while .now - start < .seconds(2) { try await deliver(["a"], gateway, to: client) }
            #expect(try await client.closeCode() == 1001)
            #expect(.now - start >= .seconds(3))
        }
    }

    @Test("Events that come several at a time keep their order with those that come alone")
    func severalAtATime() async throws {
        try await GatewayUnderTest.run { gateway in
            let (client, id) = try await subscriber(gateway, Self.one)
            for round in 0..<50 {
                await gateway.callback.deliver([Delivered("\(round) a", Self.one)])
                await gateway.callback.deliver([Delivered("\(round) b", Self.one), Delivered("\(round) c", Self.one)])
                try await gateway.callback.post(Array("\(round) d".utf8), to: id, stage: nil)
                await gateway.callback.deliver([Delivered("\(round) e", Self.one)])
            }
            for round in 0..<50 {
                for text in ["a", "b", "c", "d", "e"] { #expect(try await client.text() == "\(round) \(text)") }
            }
            #expect(try await gateway.callback.status(of: id, stage: nil).counters.matched == 200)
        }
    }
}
