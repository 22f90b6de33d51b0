/// How far a subscriber has come in the broker's log, so that it can go on there when its connection is lost: nothing
/// is left out and nothing given twice.
package struct StreamPlace: Sendable {
    private let start: PastRange.Start?
    private var reached: PastRange.Start?
    private var recent = RecentEvents()
    /// Whether what comes is live: there is nothing of the past left that was asked for.
    package private(set) var isLive = false
    /// How many events came.
    package private(set) var events = 0
    /// How often the broker said that events are missing.
    package private(set) var gaps = 0

    /// - Parameter start: what of the past is wanted; nil for what is to come.
    package init(_ start: PastRange.Start?) {
        self.start = start
    }

    /// Where to begin the next time. Nil for what is to come: nothing has been promised yet.
    package var next: PastRange.Start? { reached ?? start }

    /// Notes an event.
    /// - Returns: false for one that has come before, and is not to be taken again. A broker that does not find the
    ///   place where its client was begins a little before it.
    package mutating func take(event id: String) -> Bool {
        guard recent.insert(id) else { return false }
        events += 1
        if !isFarBehind(id) { reached = .after(id) }
        return true
    }

    /// Whether an event is well before the place that was reached: somebody has sent it to the connection
    /// (`replay --to`), and going on behind it would bring everything since once more.
    private func isFarBehind(_ id: String) -> Bool {
        guard case .after(let place) = reached, let place = Self.time(of: place), let time = Self.time(of: id) else {
            return false
        }
        // Of publishers at the same time, one may have taken its id a moment before the other and come after it.
        return time + 1_000 < place
    }

    /// Milliseconds since 1970 in an id, which is a UUID of version 7 (RFC 9562 §5.7); nil for other places.
    private static func time(of id: String) -> UInt64? {
        guard id.utf8.count == 36 else { return nil }
        return UInt64(id.replacing("-", with: "").prefix(12), radix: 16)
    }

    /// Notes news of the pattern.
    package mutating func take(_ notice: PatternNotice) {
        if notice.hasGap { gaps += 1 }
        if notice.status == .live || (notice.status == .stored && next == nil) { isLive = true }
        if let after = notice.after {
            reached = .after(after)
        } else if notice.status != .ended, next == nil || (notice.hasGap && notice.oldest == nil) {
            // The log was empty then: whatever is in it later has come since.
            reached = .horizon
        }
    }

    /// Notes that the broker left events out.
    package mutating func dropped() { gaps += 1 }
}

/// The ids of the last events, so many that whatever a broker gives again is among them.
struct RecentEvents: Sendable {
    private static let countMax = 1 << 16
    private var known: Set<UInt128> = []
    private var order: [UInt128] = []
    private var oldest = 0

    /// - Returns: false for an id that is there already. One that is no UUID counts as new.
    mutating func insert(_ id: String) -> Bool {
        guard let number = Self.number(id) else { return true }
        guard known.insert(number).inserted else { return false }
        if order.count < Self.countMax {
            order.append(number)
        } else {
            known.remove(order[oldest])
            order[oldest] = number
            oldest = (oldest + 1) % Self.countMax
        }
        return true
    }

    private static func number(_ id: String) -> UInt128? {
        let digits = id.utf8.filter { $0 != UInt8(ascii: "-") }
        return digits.count == 32 ? UInt128(String(decoding: digits, as: UTF8.self), radix: 16) : nil
    }
}
