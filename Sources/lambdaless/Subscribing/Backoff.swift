/// How long to wait before the next attempt: a random time up to a bound that doubles with each attempt, so that
/// clients which lost their broker together do not come back together (AWS Builders' Library, "Timeouts, retries and
/// backoff with jitter").
struct Backoff: Sendable {
    private static let shortest = 0.1
    private let firstBound: Double
    private let lastBound: Double
    private var bound: Double

    /// Bounds in seconds.
    init(firstBound: Double = 0.5, lastBound: Double = 30) {
        self.firstBound = firstBound
        self.lastBound = lastBound
        bound = firstBound
    }

    /// The wait before the next attempt, in seconds.
    mutating func next() -> Double {
        defer { bound = min(lastBound, bound * 2) }
        return Double.random(in: Self.shortest...bound)
    }

    /// An attempt succeeded.
    mutating func reset() { bound = firstBound }
}
