import CoreMetrics
import Gateway
import Testing

@Suite("Prometheus text")
struct PrometheusTests {
    @Test("Metrics are sorted, typed and labelled, and the same label and dimensions are the same metric")
    func text() {
        let registry = PrometheusRegistry()
        Counter(label: "b_total", dimensions: [("x", "a\"b\\c\nd")], factory: registry).increment(by: 2)
        Counter(label: "b_total", dimensions: [("x", "a\"b\\c\nd")], factory: registry).increment()
        Counter(label: "b_total", dimensions: [], factory: registry).increment()
        let gauge = Meter(label: "a.gauge", dimensions: [], factory: registry)
        gauge.set(3)
        gauge.decrement(by: 0.5)
        #expect(
            registry.text() == """
                # TYPE a_gauge gauge
                a_gauge 2.5
                # TYPE b_total counter
                b_total 1
                b_total{x="a\\"b\\\\c\\nd"} 3

                """)
    }

    @Test("A metric that is described is told what it is, once for all its labels")
    func help() {
        let registry = PrometheusRegistry(descriptions: ["a_total": "Things that happened."])
        for label in ["1", "2"] {
            Counter(label: "a_total", dimensions: [("x", label)], factory: registry).increment()
        }
        #expect(
            registry.text() == """
                # HELP a_total Things that happened.
                # TYPE a_total counter
                a_total{x="1"} 1
                a_total{x="2"} 1

                """)
    }

    @Test("A timer is a histogram in seconds, each bucket with all below it")
    func histogram() {
        let registry = PrometheusRegistry()
        let timer = CoreMetrics.Timer(label: "t", dimensions: [("k", "v")], factory: registry)
        for nanoseconds: Int64 in [400_000, 2_000_000, 20_000_000_000] { timer.recordNanoseconds(nanoseconds) }
        let lines = registry.text().split(separator: "\n")
        for line in [
            "t_bucket{k=\"v\",le=\"0.0001\"} 0", "t_bucket{k=\"v\",le=\"0.0005\"} 1",
            "t_bucket{k=\"v\",le=\"0.005\"} 2", "t_bucket{k=\"v\",le=\"10\"} 2", "t_bucket{k=\"v\",le=\"+Inf\"} 3",
            "t_sum{k=\"v\"} 20.0024", "t_count{k=\"v\"} 3",
        ] {
            #expect(lines.contains(line[...]), "\(line)")
        }
    }
}
