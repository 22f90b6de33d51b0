internal import EventLog

/// What time it is: given to whoever needs it, so that tests decide.
package struct WallClock: Sendable {
    /// Milliseconds since 1970.
    package let now: @Sendable () -> Int64

    package init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    /// The system's clock.
    package static let system = WallClock(now: SystemTime.milliseconds)
}
