import Broker
import EventLog
import EventPattern
import MetricsTestKit
import Testing

@Suite("The metrics of a bus", .timeLimit(.minutes(1)))
struct BusMetricsTests {
    private let dimensions = [("bus", "default")]

    @Test("Events and patterns are counted, for their bus")
    func counts() async throws {
        let metrics = TestMetrics()
        let log = ObstructedLog()
        let test = BusUnderTest(log: log, metrics: metrics)
        let (a, b, c) = (
            test.callback.connect(to: test.bus), test.callback.connect(to: test.bus),
            test.callback.connect(to: test.bus)
        )
        try await test.running {
            try test.set("a", for: a.id)
            try test.set("a", for: b.id)
            try test.set("c", for: c.id)
            _ = try await test.bus.matches(Array("{}".utf8))
            try await test.publish("a", "b", "a")
            log.breakAppends(true)
            let draft = EventDraft(source: "a", detailType: "t", detail: Array("{}".utf8))
            _ = await test.bus.publish([draft, draft])
        }
        func counter(_ name: String) throws -> Int64 {
            try metrics.expectCounter(name, dimensions).totalValue
        }
        #expect(try counter("lambdaless_events_published_total") == 3)
        #expect(try counter("lambdaless_publish_failures_total") == 2)
        #expect(try counter("lambdaless_events_matched_total") == 2)
        #expect(try counter("lambdaless_event_log_gaps_total") == 0)
        #expect(try metrics.expectTimer("lambdaless_batch_match_duration", dimensions).values.isEmpty == false)
        #expect(try metrics.expectGauge("lambdaless_patterns", dimensions).lastValue == 3)
        #expect(try metrics.expectGauge("lambdaless_distinct_patterns", dimensions).lastValue == 2)
    }

    @Test("A pattern is given back by each connection that had it")
    func givenBack() async throws {
        let metrics = TestMetrics()
        let test = BusUnderTest(metrics: metrics)
        let (a, b) = (test.callback.connect(to: test.bus), test.callback.connect(to: test.bus))
        func patterns() async throws -> [Double?] {
            _ = try await test.bus.matches(Array("{}".utf8))
            // Shown after the commands of a turn: the next turn has shown this one's.
            _ = try await test.bus.matches(Array("{}".utf8))
            return try ["lambdaless_patterns", "lambdaless_distinct_patterns"].map {
                try metrics.expectGauge($0, dimensions).lastValue
            }
        }
        try await test.running {
            try test.set("a", for: a.id)
            try test.set("a", for: b.id)
            #expect(try await patterns() == [2, 1])
            try test.set("b", for: b.id)
            #expect(try await patterns() == [2, 2])
            try test.set("b", for: b.id)
            #expect(try await patterns() == [2, 2])
            test.bus.connectionClosed(a.id)
            #expect(try await patterns() == [1, 1])
            #expect(test.bus.clearPattern(for: b.id) { _ in nil })
            #expect(try await patterns() == [0, 0])
        }
    }
}
