import CoreMetrics
import Synchronization

/// A count that only grows.
final class PrometheusCounter: CounterHandler {
    private let count = Atomic<Int64>(0)

    var value: Int64 { count.load(ordering: .relaxed) }

    func increment(by amount: Int64) {
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        count.store(0, ordering: .relaxed)
    }
}

/// A value that goes up and down.
final class PrometheusGauge: MeterHandler, RecorderHandler {
    private let current = Mutex(0.0)

    var value: Double { current.withLock { $0 } }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { current.withLock { $0 = value } }
    func increment(by amount: Double) { current.withLock { $0 += amount } }
    func decrement(by amount: Double) { current.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }
}

/// How often values fell below each of a list of bounds.
final class PrometheusHistogram: RecorderHandler, TimerHandler {
    /// 100 µs to 10 s.
    static let secondBuckets = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]
    /// 1 to a million in steps of about three.
    static let countBuckets: [Double] = [
        1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000,
    ]

    private struct State {
        var counts: [Int64]
        var sum = 0.0
        var total: Int64 = 0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(_ bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock { state in
            state.sum += value
            state.total += 1
            if let index = bounds.firstIndex(where: { value <= $0 }) { state.counts[index] += 1 }
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    /// The buckets, each with all below it counted in, then sum and count.
    func lines(name: String, labels: String) -> [String] {
        let snapshot = state.withLock { $0 }
        let inner = labels.isEmpty ? "" : "\(labels.dropFirst().dropLast()),"
        var below: Int64 = 0
        var lines: [String] = []
        for (bound, count) in zip(bounds, snapshot.counts) {
            below += count
            lines.append("\(name)_bucket{\(inner)le=\"\(PrometheusRegistry.number(bound))\"} \(below)")
        }
        lines.append("\(name)_bucket{\(inner)le=\"+Inf\"} \(snapshot.total)")
        lines.append("\(name)_sum\(labels) \(PrometheusRegistry.number(snapshot.sum))")
        lines.append("\(name)_count\(labels) \(snapshot.total)")
        return lines
    }
}
