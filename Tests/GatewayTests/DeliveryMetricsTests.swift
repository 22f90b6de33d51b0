import Broker
import Gateway
import PatternIndex
import Testing

@Suite("What delivery counts, and what it keeps", .timeLimit(.minutes(1)))
struct DeliveryMetricsTests {
    private static func item(_ bytes: Int, _ pattern: UInt32) -> Delivered {
        Delivered(String(repeating: "A", count: bytes), PatternID(rawValue: pattern))
    }

    /// The value of a metric without labels.
    private static func value(_ name: String, _ registry: PrometheusRegistry) -> Double? {
        registry.text().split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            .flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    @Test("Metrics tell what was sent, what waits, what was dropped, and how many are slow")
    func slowConsumer() async throws {
        let registry = PrometheusRegistry()
        try await GatewayUnderTest.run {
            $0.metricsFactory = registry
            $0.webSocket.slowConsumerPolicy = .dropOldest
            $0.webSocket.outboundQueueBytesMax = 1 << 20
        } _: { gateway in
            let client = try await TestClient(port: gateway.port, readsAutomatically: false)
            try await client.upgrade()
            let id = try #require(ConnectionID(try await client.connectionID()))
            gateway.callback.bind(id, to: PatternID(rawValue: 1), text: nil, acknowledgement: nil)
            for _ in 0..<400 { await gateway.callback.deliver([Self.item(100_000, 1)]) }
            // Asked on its event loop, so behind all of them; counts are shown at the end of a turn, so ask twice.
            for _ in 0..<2 { _ = await gateway.callback.connections() }
            let status = try #require(await gateway.callback.connections().first).counters
            #expect(status.matched == 400)
            #expect(Self.value("lambdaless_connections_slow_total", registry) == 1)
            #expect(status.droppedMessages > 0)
            #expect(Self.value("lambdaless_messages_dropped_total", registry) == Double(status.droppedMessages))
            #expect(Self.value("lambdaless_dropped_bytes_total", registry) == Double(status.droppedBytes))
            #expect(Self.value("lambdaless_messages_sent_total", registry) == Double(status.sentMessages))
            #expect(Self.value("lambdaless_sent_bytes_total", registry) == Double(status.sentBytes))
            #expect(try #require(Self.value("lambdaless_queued_bytes", registry)) > 900_000)

            // Up to the notice, and everything behind it.
            var received = 0
            while try await !client.text().hasPrefix(#"{"action":"gap""#) { received += 1 }
            while received < 400 - status.droppedMessages {
                _ = try await client.text()
                received += 1
            }
            #expect(Self.value("lambdaless_queued_bytes", registry) == 0)
            #expect(Self.value("lambdaless_connections_slow_total", registry) == 1)
        }
    }

    @Test("The table of patterns shrinks with the largest id that somebody holds")
    func patternTable() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.upgrade()
            let id = try #require(ConnectionID(try await client.connectionID()))
            func bind(_ pattern: UInt32?) {
                gateway.callback.bind(
                    id, to: pattern.map(PatternID.init(rawValue:)), text: nil, acknowledgement: nil)
            }
            bind(100_000)
            #expect(await gateway.callback.patternTableSlots() > 100_000)
            bind(2000)
            #expect((2001...8004).contains(await gateway.callback.patternTableSlots()))
            await gateway.callback.deliver([Self.item(10, 2000), Self.item(20, 100_000), Self.item(30, 5)])
            #expect(try await client.text().count == 10)
            bind(nil)
            #expect(await gateway.callback.patternTableSlots() <= 64)
            bind(3)
            await gateway.callback.deliver([Self.item(40, 2000), Self.item(50, 3)])
            #expect(try await client.text().count == 50)
        }
    }
}
