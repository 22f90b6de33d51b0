import Broker
import EventLog
import EventPattern
import MetricsTestKit
import PatternIndex
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
            try await test.ownerAnswers()
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

    @Test("The size of the log is shown when it is measured, and its growth told from it")
    func log() async throws {
        let metrics = TestMetrics()
        let test = BusUnderTest(metrics: metrics)
        try await test.running {
            await test.bus.measureLog()
            #expect(try metrics.expectGauge("lambdaless_event_log_events", dimensions).lastValue == 0)
            #expect(try await test.bus.logOverview() == LogOverview(contents: nil, lastMinute: 0, lastHour: 0))
            try await test.publish("a", "b", "a")
            await test.bus.measureLog()
            let overview = try await test.bus.logOverview()
            #expect(overview.lastMinute == 3 && overview.lastHour == 3 && overview.contents?.events == 3)
            let bytes = try #require(overview.contents?.bytes)
            #expect(try metrics.expectGauge("lambdaless_event_log_events", dimensions).lastValue == 3)
            #expect(try metrics.expectGauge("lambdaless_event_log_bytes", dimensions).lastValue == Double(bytes))
        }
    }

    /// The gauges of the index as they were last set, without the kinds of which there is no test.
    private func index(_ metrics: TestMetrics) throws -> [String: Double] {
        var values: [String: Double] = [:]
        for name in ["patterns", "distinct_patterns", "index_conjunctions", "index_fields", "index_bytes"] {
            values[name] = try metrics.expectGauge("lambdaless_\(name)", dimensions).lastValue
        }
        for kind in PatternIndex.testKinds {
            let value = try metrics.expectGauge("lambdaless_index_tests", dimensions + [("kind", kind)]).lastValue
            if value != 0 { values[kind] = value }
        }
        return values
    }

    @Test("What the index of patterns is made of is shown, as its statistics tell it")
    func indexGauges() async throws {
        let metrics = TestMetrics()
        let test = BusUnderTest(metrics: metrics)
        let (a, b) = (test.callback.connect(to: test.bus), test.callback.connect(to: test.bus))
        try await test.running {
            let empty = try #require(await test.bus.statistics())
            #expect(empty.isEmpty)
            #expect(
                try index(metrics) == [
                    "patterns": 0, "distinct_patterns": 0, "index_conjunctions": 0, "index_fields": 0,
                    "index_bytes": Double(empty.bytes),
                ])
            let text = #"{"source":["s"],"detail":{"$or":[{"n":[{"numeric":[">",1]}]},{"n":[{"prefix":"x"}]}]}}"#
            #expect(test.bus.setPattern(try EventPattern(text), for: a.id) { _ in nil })
            try test.set("s", for: b.id)
            // Shown after the commands of a turn: the next turn has shown this one's.
            _ = await test.bus.statistics()
            let full = try #require(await test.bus.statistics())
            #expect(full.patterns == 2 && full.conjunctions == 3 && full.fields == 3)
            #expect(
                try index(metrics) == [
                    "patterns": 2, "distinct_patterns": 2, "index_conjunctions": 3, "index_fields": 3,
                    "index_bytes": Double(full.bytes), "string": 1, "range": 1, "prefix": 1,
                ])
            test.bus.connectionClosed(a.id)
            test.bus.connectionClosed(b.id)
            _ = await test.bus.statistics()
            let left = try #require(await test.bus.statistics())
            #expect(left.isEmpty)
            #expect(try index(metrics).filter { $0.value != 0 } == ["index_bytes": Double(left.bytes)])
        }
        #expect(await test.bus.statistics() == nil)
    }

    @Test("A pattern is given back by each connection that had it")
    func givenBack() async throws {
        let metrics = TestMetrics()
        let test = BusUnderTest(metrics: metrics)
        let (a, b) = (test.callback.connect(to: test.bus), test.callback.connect(to: test.bus))
        func patterns() async throws -> [Double?] {
            try await test.ownerAnswers()
            // Shown after the commands of a turn: the next turn has shown this one's.
            try await test.ownerAnswers()
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
