internal import Synchronization

/// A log in memory: fast, bounded, gone with the process. Numbers go up one by one.
///
/// When it outgrows a limit the oldest events leave. The newest one always stays, even if it alone is too large or too
/// old.
package final class MemoryEventLog: PromptEventLog {
    /// How much a memory log holds.
    package struct Limits: Sendable {
        /// Bytes, counted as envelopes plus `EventWindow.overheadBytes` for each event. Default 256 MiB.
        package var bytes = 256 << 20
        /// Events. Default 1,000,000.
        package var events = 1_000_000
        /// How long after its id was made an event leaves; nil for never, the default. Events leave when somebody
        /// appends or reads, a few thousand at a time.
        package var age: Duration?

        package init(bytes: Int = 256 << 20, events: Int = 1_000_000, age: Duration? = nil) {
            self.bytes = bytes
            self.events = events
            self.age = age
        }
    }

    private struct State {
        var window = EventWindow(first: SequenceNumber(rawValue: 1))
        var isClosed = false
        /// The places of the events up to `indexed`, made when somebody first asks; may still name some that have left.
        var places: [EventID: SequenceNumber] = [:]
        var indexed = SequenceNumber.zero
        var readers = TailReaders()
    }

    private let limits: Limits
    private let age: Int64?
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    /// - Parameter now: milliseconds since 1970, for the limit of age.
    package init(limits: Limits = Limits(), now: @escaping @Sendable () -> Int64 = SystemTime.milliseconds) {
        self.limits = limits
        self.age = limits.age?.milliseconds
        self.now = now
    }

    package func append(_ events: [Event]) throws -> [SequenceNumber] {
        guard !events.isEmpty else { return [] }
        return try state.withLock { state in
            let sequences = try append(events, to: &state)
            state.readers.tell(of: state.window.head)
            return sequences
        }
    }

    package func append(
        _ events: [Event], later: @escaping @Sendable (Result<[SequenceNumber], any Error>) -> Void
    ) throws -> [SequenceNumber]? {
        guard !events.isEmpty else { return [] }
        return try state.withLock { try append(events, to: &$0) }
    }

    package func proceed() {
        // Outside the lock, for which a reader that wakes at once, on the processor of whoever told it, would wait. Of two
        // heads that are told at the same time the older may be the last one; by then the newer can be read.
        let (readers, head) = state.withLock { ($0.readers, $0.window.head) }
        readers.tell(of: head)
    }

    private func append(_ events: [Event], to state: inout State) throws -> [SequenceNumber] {
        guard !state.isClosed else { throw EventLogError.closed }
        let start = state.window.head.rawValue + 1
        for event in events { state.window.append(event) }
        let head = state.window.head
        while state.window.count > 1, state.window.size > limits.bytes || state.window.count > limits.events {
            state.window.removeOldest()
        }
        removeAged(&state)
        return (start...head.rawValue).map { SequenceNumber(rawValue: $0) }
    }

    /// Lets go of what is too old; of so many at most that nobody waits long for the lock.
    private func removeAged(_ state: inout State) {
        guard let age, let oldest = state.window.oldestID else { return }
        let earliest = now() - age
        guard oldest.time < earliest else { return }
        for _ in 0..<4_096 {
            guard state.window.count > 1, let oldest = state.window.oldestID, oldest.time < earliest else { return }
            state.window.removeOldest()
        }
    }

    package func read(after sequence: SequenceNumber, maxEvents: Int, maxBytes: Int) -> LogSlice {
        state.withLock { state in
            removeAged(&state)
            let events = state.window.events(after: sequence, maxEvents: maxEvents, maxBytes: maxBytes)
            let gap = !events.isEmpty && sequence.rawValue + 1 < state.window.first.rawValue
            return LogSlice(events: events, gap: gap, head: state.window.head)
        }
    }

    package func head() -> SequenceNumber { state.withLock { $0.window.head } }

    package func oldest() -> SequenceNumber? {
        state.withLock { state in
            removeAged(&state)
            return state.window.isEmpty ? nil : state.window.first
        }
    }

    /// The first call looks at every event, later ones at what has come since: publishers do not pay for what nobody
    /// asks.
    package func place(of id: EventID) -> SequenceNumber? {
        // In steps, so that publishers get in between.
        while !indexOn() {}
        return state.withLock { state in
            removeAged(&state)
            guard let place = state.places[id], place >= state.window.first else { return nil }
            return place
        }
    }

    /// - Returns: whether the index has reached the end.
    private func indexOn() -> Bool {
        state.withLock { state in
            let window = state.window
            if state.places.count > 2 * window.count + 1_024 {
                state.places = [:]
                state.indexed = .zero
            }
            let start = state.indexed < window.first ? 0 : Int(state.indexed.rawValue - window.first.rawValue) + 1
            let end = max(start, min(start + 4_096, window.count))
            for index in start..<end { state.places[window.id(at: index)] = window.number(at: index) }
            state.indexed = max(state.indexed, window.number(at: end - 1))
            return end >= window.count
        }
    }

    package func place(before time: Int64) -> SequenceNumber {
        state.withLock { state in
            removeAged(&state)
            let window = state.window
            // Ids nearly ascend: publishers that come at the same moment may append in another order than they took
            // their ids. Every event this far before the found one is earlier than it.
            let disorder = 1_024
            var (low, high) = (0, window.count)
            while low < high {
                let middle = (low + high) / 2
                if window.id(at: middle).time < time { low = middle + 1 } else { high = middle }
            }
            let nearby = max(0, low - disorder)..<min(window.count, low + disorder)
            let found = nearby.first { window.id(at: $0).time >= time } ?? low
            return window.number(at: found - 1)
        }
    }

    package func contents() -> LogContents? {
        state.withLock { state in
            removeAged(&state)
            guard let oldest = state.window.oldestID, let newest = state.window.newestID else { return nil }
            return LogContents(
                oldest: .init(sequence: state.window.first, id: oldest),
                newest: .init(sequence: state.window.head, id: newest), events: state.window.count,
                bytes: state.window.bytes)
        }
    }

    package func close() {
        let readers = state.withLock { state in
            state.isClosed = true
            return state.readers.finish()
        }
        for reader in readers { reader.finish() }
    }

    package func tail() -> AsyncStream<SequenceNumber> {
        let (stream, continuation, reader) = state.withLock { $0.readers.add(head: $0.window.head) }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.readers.remove(reader) } }
        return stream
    }
}
