internal import Synchronization

/// What matching has cost lately, so that a publisher's thread does it only where that is soon done.
///
/// The owner of the bus writes it; publishers read it. An estimate is all they need, so no order is kept.
final class MatchCost: Sendable {
    /// Nanoseconds for a kilobyte of envelopes.
    private let nanoseconds = Atomic(0)

    /// So long may a lent thread match: about as long as an event loop reads a request.
    private static let lentNanosecondsMax = 100_000

    /// Rises at once, and falls slowly: one event that takes long may be followed by another.
    func record(bytes: Int, _ duration: Duration) {
        guard bytes > 0 else { return }
        let (seconds, attoseconds) = duration.components
        let measured = seconds > 0 ? Int(Int32.max) : Int(attoseconds / 1_000_000_000) * 1_024 / bytes
        let before = nanoseconds.load(ordering: .relaxed)
        nanoseconds.store(max(measured, before - before / 16 - 1, 0), ordering: .relaxed)
    }

    /// Whether so many bytes are likely to be matched soon enough.
    func isSmall(bytes: Int) -> Bool {
        guard bytes <= Self.lentBytesMax else { return false }
        return bytes * nanoseconds.load(ordering: .relaxed) / 1_024 <= Self.lentNanosecondsMax
    }

    /// What is handed over is copied as well, which is not in the measure.
    private static let lentBytesMax = 256 * 1_024
}
