package import CoreMetrics
import Synchronization

/// A backend for swift-metrics that shows its values as Prometheus text (exposition format 0.0.4).
///
/// Counters become counters, meters gauges, recorders and timers histograms (timers in seconds). A metric is told by
/// its label and dimensions; making it twice gives the same one.
package final class PrometheusRegistry: MetricsFactory {
    private struct Key: Hashable, Comparable {
        let name: String
        /// `{a="b"}`, or empty.
        let labels: String

        static func < (left: Key, right: Key) -> Bool {
            (left.name, left.labels) < (right.name, right.labels)
        }
    }

    private enum Series: Sendable {
        case counter(PrometheusCounter)
        case gauge(PrometheusGauge)
        case histogram(PrometheusHistogram)

        var type: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    private let series: Mutex<[Key: Series]> = Mutex([:])

    private let descriptions: [String: String]

    /// - Parameter descriptions: what to say of metrics, by name: a sentence each.
    package init(descriptions: [String: String] = [:]) {
        self.descriptions = descriptions
    }

    /// All metrics, sorted by name, so that two scrapes differ only in values.
    package func text() -> String {
        let all = series.withLock { $0.sorted { $0.key < $1.key } }
        var lines: [String] = []
        var lastName = ""
        for (key, series) in all {
            if key.name != lastName {
                if let description = descriptions[key.name] { lines.append("# HELP \(key.name) \(description)") }
                lines.append("# TYPE \(key.name) \(series.type)")
                lastName = key.name
            }
            switch series {
            case .counter(let counter): lines.append("\(key.name)\(key.labels) \(counter.value)")
            case .gauge(let gauge): lines.append("\(key.name)\(key.labels) \(Self.number(gauge.value))")
            case .histogram(let histogram): lines += histogram.lines(name: key.name, labels: key.labels)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// As Prometheus writes numbers: whole ones without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map { String($0) } ?? String(value)
    }

    private func find(_ label: String, _ dimensions: [(String, String)], make: () -> Series) -> Series {
        let pairs = dimensions.map { "\(Self.name($0.0))=\"\(Self.escaped($0.1))\"" }
        let key = Key(name: Self.name(label), labels: pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}")
        return series.withLock { series in
            if let known = series[key] { return known }
            let new = make()
            series[key] = new
            return new
        }
    }

    private static func name(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") ? $0 : "_" })
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard case .counter(let counter) = find(label, dimensions, make: { .counter(PrometheusCounter()) }) else {
            return NOOPMetricsHandler.instance
        }
        return counter
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        guard case .gauge(let gauge) = find(label, dimensions, make: { .gauge(PrometheusGauge()) }) else {
            return NOOPMetricsHandler.instance
        }
        return gauge
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if !aggregate {
            guard case .gauge(let gauge) = find(label, dimensions, make: { .gauge(PrometheusGauge()) }) else {
                return NOOPMetricsHandler.instance
            }
            return gauge
        }
        let buckets = PrometheusHistogram.countBuckets
        guard case .histogram(let it) = find(label, dimensions, make: { .histogram(PrometheusHistogram(buckets)) })
        else { return NOOPMetricsHandler.instance }
        return it
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let buckets = PrometheusHistogram.secondBuckets
        guard case .histogram(let it) = find(label, dimensions, make: { .histogram(PrometheusHistogram(buckets)) })
        else { return NOOPMetricsHandler.instance }
        return it
    }

    // Metrics live as long as the process: a scrape must not see a counter start again.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
