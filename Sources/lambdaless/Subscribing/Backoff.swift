/// How long to wait before the next attempt: a random time up to a bound that doubles with each attempt, so that
/// clients which lost their broker together do not come back together (AWS Builders' Library, "Timeouts, retries and
/// backoff with jitter").
struct Backoff: Sendable {
    private static let firstBound = 0.5
    private static let lastBound = 30.0
    private static let shortest = 0.1
    private var bound = firstBound

    /// The wait before the next attempt, in seconds.
    mutating func next() -> Double {
        defer { bound = min(Self.lastBound, bound * 2) }
        return Double.random(in: Self.shortest...bound)
    }

    /// An attempt succeeded.
    mutating func reset() { bound = Self.firstBound }
}
