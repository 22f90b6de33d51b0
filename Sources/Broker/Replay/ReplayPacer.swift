internal import EventLog

/// When each event of a replay is due.
struct ReplayPacer {
    private let speed: Replay.Speed
    private let start = ContinuousClock.now
    private var given = 0
    private var firstTime: Int64?

    init(_ speed: Replay.Speed) {
        self.speed = speed
    }

    /// Waits until the next event, which arrived at `time` (milliseconds since 1970) in its day, is due.
    ///
    /// - Throws: `CancellationError` when the replay is over meanwhile.
    mutating func wait(forEventOf time: Int64) async throws {
        let seconds: Double
        switch speed {
        case .eventsPerSecond(let rate):
            seconds = Double(given) / rate
        case .timesOriginal(let factor):
            let first = firstTime ?? time
            firstTime = first
            seconds = Double(max(0, time - first)) / 1_000 / factor
        }
        given += 1
        // A century is as good as never, and no clock overflows.
        try await Task.sleep(until: start + .seconds(min(seconds, 3_155_760_000)), clock: .continuous)
    }
}
