import Broker
import Gateway
import NIOCore
import PatternIndex
import Testing

/// A connection lends its socket after the first event, whether it holds its pattern alone or with others. What ends the
/// loan must come behind the events before it, and what was sent meanwhile must count.
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

    /// Further holders of ``one``, if it is to be shared: two, so that one is on each event loop.
    private func companions(_ gateway: GatewayUnderTest, _ isShared: Bool) async throws -> [Subscriber] {
        guard isShared else { return [] }
        return [try await subscriber(gateway, Self.one), try await subscriber(gateway, Self.one)]
    }

    private func bind(_ gateway: GatewayUnderTest, _ id: ConnectionID, _ pattern: PatternID?) {
        gateway.callback.bind(id, to: pattern, text: nil, acknowledgement: nil)
    }

    /// Delivers events one by one, each in a turn of its own, and expects them; the first has the loan begin.
    private func deliver(_ texts: [String], _ gateway: GatewayUnderTest, to client: TestClient) async throws {
        for text in texts {
            await gateway.callback.deliver([Delivered(text, Self.one)])
            #expect(try await client.text() == text)
        }
    }

    private func expect(_ texts: [String], of client: TestClient) async throws {
        for text in texts {
            let next = try await client.text()
            try #require(next == text)
        }
    }

    @Test("What was sent counts for the connection and for the metrics, each event once", arguments: [false, true])
    func counters(isShared: Bool) async throws {
        let registry = PrometheusRegistry()
        try await GatewayUnderTest.run {
            $0.metricsFactory = registry
            $0.eventBytesMax = 100
        } _: { gateway in
            let companions = try await companions(gateway, isShared)
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
            var sum = status.counters.sentMessages
            for other in companions {
                let status = try await gateway.callback.status(of: other.id, stage: nil)
                #expect(status.counters.matched == 9)
                sum += status.counters.sentMessages
            }
            let all = "lambdaless_messages_sent_total \(sum)"
            while !registry.text().split(separator: "\n").contains(Substring(all)) { await Task.yield() }
        }
    }

    @Test("Further connections with the pattern get its events, and the first goes on when they leave")
    func sharedPattern() async throws {
        try await GatewayUnderTest.run { gateway in
            let first = try await subscriber(gateway, Self.one)
            // Two, so that one is on the first one's event loop.
            let others = [try await subscriber(gateway, nil), try await subscriber(gateway, nil)]
            for round in 0..<20 {
                try await deliver(["\(round) a", "\(round) b"], gateway, to: first.client)
                for other in others { bind(gateway, other.id, Self.one) }
                try await deliver(["\(round) c", "\(round) d"], gateway, to: first.client)
                for other in others {
                    for text in ["c", "d"] { #expect(try await other.client.text() == "\(round) \(text)") }
                    bind(gateway, other.id, nil)
                }
            }
            #expect(try await gateway.callback.status(of: first.id, stage: nil).counters.matched == 80)
            for other in others {
                #expect(try await gateway.callback.status(of: other.id, stage: nil).counters.matched == 40)
            }
        }
    }

    @Test("Whoever comes and goes, each gets what came while it held the pattern, once and in order")
    func comingAndGoing() async throws {
        try await GatewayUnderTest.run { gateway in
            var random = SystemRandomNumberGenerator()
            var subscribers: [Subscriber] = []
            for _ in 0..<12 { subscribers.append(try await subscriber(gateway, nil)) }
            var holds = Array(repeating: false, count: subscribers.count)
            var expected: [[String]] = Array(repeating: [], count: subscribers.count)
            for step in 0..<2_000 {
                let index = Int.random(in: subscribers.indices, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0, 1:
                    holds[index].toggle()
                    bind(gateway, subscribers[index].id, holds[index] ? Self.one : nil)
                case 2:
                    let text = "\(step) to \(index)"
                    try await gateway.callback.post(Array(text.utf8), to: subscribers[index].id, stage: nil)
                    expected[index].append(text)
                case 3:
                    try await expect(expected[index], of: subscribers[index].client)
                    try await subscribers[index].client.close()
                    subscribers[index] = try await subscriber(gateway, nil)
                    (holds[index], expected[index]) = (false, [])
                default:
                    let texts = (0...Int.random(in: 0...2, using: &random)).map { "\(step) \($0)" }
                    await gateway.callback.deliver(texts.map { Delivered($0, Self.one) })
                    for index in subscribers.indices where holds[index] { expected[index] += texts }
                }
            }
            for (subscriber, texts) in zip(subscribers, expected) { try await expect(texts, of: subscriber.client) }
        }
    }

    @Test("Another pattern takes the socket along: nothing goes by the pattern before", arguments: [false, true])
    func otherPattern(isShared: Bool) async throws {
        try await GatewayUnderTest.run { gateway in
            _ = try await companions(gateway, isShared)
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

    @Test(
        "A connection that comes with the number of a closed one's socket gets only what is its own",
        arguments: [false, true])
    func reusedDescriptor(isShared: Bool) async throws {
        try await GatewayUnderTest.run { gateway in
            // Keep the table of each event loop as it is when the others go.
            let last = PatternID(rawValue: 90)
            var staying = [try await subscriber(gateway, last), try await subscriber(gateway, last)]
            staying += try await companions(gateway, isShared)
            func untilOthersLeft() async {
                while await gateway.callback.connections().count > staying.count { await Task.yield() }
            }
            for _ in 0..<20 {
                let first = try await subscriber(gateway, Self.one)
                try await deliver(["a", "b"], gateway, to: first.client)
                try await first.client.close()
                await untilOthersLeft()
                // One has the number now, and one is on the event loop of the first.
                let second = try await subscriber(gateway, Self.other)
                await gateway.callback.deliver([Delivered("no", Self.one), Delivered("c", Self.other)])
                #expect(try await second.client.text() == "c")
                let third = try await subscriber(gateway, Self.one)
                try await deliver(["d", "e"], gateway, to: third.client)
                await gateway.callback.deliver([Delivered("f", Self.other)])
                #expect(try await second.client.text() == "f")
                for client in [second.client, third.client] { try await client.close() }
                await untilOthersLeft()
            }
        }
    }

    @Test("Nothing is sent behind a close frame, whoever closes", arguments: [false, true])
    func closing(isShared: Bool) async throws {
        try await GatewayUnderTest.run { gateway in
            let others = try await companions(gateway, isShared).count
            for byServer in [true, false] {
                let (client, id) = try await subscriber(gateway, Self.one)
                try await deliver(["a", "b", "c"], gateway, to: client)
                if byServer {
                    try await gateway.callback.disconnect(id, stage: nil)
                } else {
                    try await client.sendFrame([0x03, 0xE8], opcode: 8)
                    while await gateway.callback.connections().count > others { await Task.yield() }
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
            $0.webSocket.idleTimeLimit = .seconds(3)
            $0.sweepInterval = .milliseconds(50)
        } _: { gateway in
            let (client, _) = try await subscriber(gateway, Self.one)
            let start = ContinuousClock.now
            var latest = start
            var frame: TestClient.Frame
            repeat {
                let before = ContinuousClock.now
                if before - start < .seconds(4) { await gateway.callback.deliver([Delivered("a", Self.one)]) }
                frame = try await client.frame()
                if frame.opcode == 1 { latest = before }
            } while frame.opcode == 1
            // A busy machine may make a pause of the limit between two events, too: then it ends early, and rightly.
            #expect(frame.opcode == 8 && frame.closeCode == 1001)
            #expect(.now - latest >= .seconds(3))
        }
    }

    @Test("Nothing overtakes what NIO still has to send, while the client reads on", arguments: [false, true])
    func behindNIO(isShared: Bool) async throws {
        try await GatewayUnderTest.run {
            $0.webSocket.outboundQueueBytesMax = 100 << 20
        } _: { gateway in
            _ = try await companions(gateway, isShared)
            let client = try await TestClient(port: gateway.port, readsAutomatically: false)
            try await client.upgrade()
            let id = try #require(ConnectionID(try await client.connectionID()))
            bind(gateway, id, Self.one)
            try await deliver(["a", "b"], gateway, to: client)
            // More than the kernel takes: from somewhere on it is NIO that has them.
            func message(_ n: Int) -> String { "\(n) " + String(repeating: "x", count: 120_000) }
            for n in 0..<200 { try await gateway.callback.post(Array(message(n).utf8), to: id, stage: nil) }
            // Each time the client takes one, the kernel has room for an event.
            for n in 0..<200 {
                await gateway.callback.deliver([Delivered("event \(n)", Self.one)])
                let isNext = try await client.text() == message(n)
                try #require(isNext)
            }
            for n in 0..<200 { #expect(try await client.text() == "event \(n)") }
        }
    }

    @Test("An event is compressed for a client that asked for it, each time", arguments: [false, true])
    func compressed(isShared: Bool) async throws {
        try await GatewayUnderTest.run {
            $0.compression.eventBytesMin = 100
        } _: { gateway in
            _ = try await companions(gateway, isShared)
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade(headers: [("Sec-WebSocket-Extensions", "permessage-deflate")])
            let id = try #require(ConnectionID(try await client.connectionID()))
            bind(gateway, id, Self.one)
            for _ in 0..<3 {
                await gateway.callback.deliver([Delivered(String(repeating: "again and ", count: 30), Self.one)])
                #expect(try await client.frame().isCompressed)
            }
        }
    }

    @Test("A session asks for every event whether it came, those behind an unanswered ping too")
    func session() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade("/dev?session=s")
            _ = try await client.ask(#"{"action":"pattern","pattern":{"source":["test"]}}"#)
            var pings: [[UInt8]] = []
            for n in 1...4 {
                try await gateway.publish("event \(n)")
                var frame = try await client.frame()
                if frame.opcode == 9 {
                    pings.append(frame.payload)
                    frame = try await client.frame()
                }
                #expect(frame.text.contains("event \(n)"))
            }
            #expect(pings.count == 1)
            try await client.sendFrame(pings[0], opcode: 10)
            let last = try await client.frame()
            #expect(last.opcode == 9 && String(decoding: last.payload, as: UTF8.self).contains("at 4 "))
        }
    }

    @Test("Events that come several at a time keep their order with those that come alone", arguments: [false, true])
    func severalAtATime(isShared: Bool) async throws {
        try await GatewayUnderTest.run { gateway in
            _ = try await companions(gateway, isShared)
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
