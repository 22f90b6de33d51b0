internal import Synchronization

/// Makes event ids that never repeat and always ascend, whatever the clock does.
///
/// Within a millisecond a counter ascends (RFC 9562 §6.2, method 1). When it is used up, or when the clock goes back,
/// ids go on from the last one, so their time may run ahead of the clock: by 1 ms for each 4,096 ids. The 62 random
/// bits are drawn once for each millisecond; they tell apart the ids of several brokers, they are no secret.
package final class EventIDGenerator: Sendable {
    private struct State {
        var milliseconds: UInt64 = 0
        var counter: UInt64 = 0
        var random: UInt64 = 0
    }

    private static let timeMask: UInt64 = (1 << 48) - 1
    private static let counterLimit: UInt64 = 0xfff

    private let state: Mutex<State>
    private let randomBits: @Sendable () -> UInt64

    /// - Parameters:
    ///   - last: an id that every one to come is above, whatever the clock says: the newest one of a log that goes on.
    ///   - randomBits: where the random bits come from; the system's source unless a test wants its own.
    package init(
        after last: EventID? = nil, randomBits: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) }
    ) {
        self.randomBits = randomBits
        // With the counter used up, the next id is of a later millisecond, above all that were made in this one.
        let state = last.map { State(milliseconds: $0.high >> 16, counter: Self.counterLimit) }
        self.state = Mutex(state ?? State(random: randomBits()))
    }

    /// The next id.
    ///
    /// - Parameter milliseconds: now, in milliseconds since 1970; a time before counts as 1970.
    package func next(at milliseconds: Int64) -> EventID {
        let now = min(UInt64(clamping: milliseconds), Self.timeMask)
        return state.withLock { next(at: now, &$0) }
    }

    /// The next so many ids.
    package func next(_ count: Int, at milliseconds: Int64) -> [EventID] {
        let now = min(UInt64(clamping: milliseconds), Self.timeMask)
        return state.withLock { state in (0..<count).map { _ in next(at: now, &state) } }
    }

    private func next(at now: UInt64, _ state: inout State) -> EventID {
        if now > state.milliseconds {
            state = State(milliseconds: now, random: randomBits())
        } else if state.counter < Self.counterLimit {
            state.counter += 1
        } else {
            state = State(milliseconds: (state.milliseconds + 1) & Self.timeMask, random: randomBits())
        }
        let version: UInt64 = 0x7 << 12
        let variant: UInt64 = 0b10 << 62
        return EventID(
            high: state.milliseconds << 16 | version | state.counter,
            low: variant | state.random & (UInt64.max >> 2))
    }
}
