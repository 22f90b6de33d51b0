internal import DequeModule
internal import Synchronization

/// A log in memory: fast, bounded, gone with the process. Numbers go up one by one.
///
/// When it outgrows a limit the oldest events leave. The newest one always stays, even if it alone is too large.
package final class MemoryEventLog: ImmediateEventLog {
    /// How much a memory log holds.
    package struct Limits: Sendable {
        /// Bytes, counted as envelopes plus `overheadBytes` for each event. Default 256 MiB.
        package var bytes = 256 << 20
        /// Events. Default 1,000,000.
        package var events = 1_000_000

        /// What an event takes beside its envelope: its slot, and the header of the envelope's allocation.
        package static let overheadBytes = 80

        package init(bytes: Int = 256 << 20, events: Int = 1_000_000) {
            self.bytes = bytes
            self.events = events
        }
    }

    private struct State {
        var events: Deque<Event> = []
        /// The number of `events.first`, or of the next event when there is none.
        var first: UInt64 = 1
        var bytes = 0
        var isClosed = false
        /// The places of the events up to `indexed`, made when somebody first asks; may still name some that have left.
        var places: [EventID: SequenceNumber] = [:]
        var indexed = SequenceNumber.zero
        var readers: [Int: AsyncStream<SequenceNumber>.Continuation] = [:]
        var nextReader = 0

        var head: SequenceNumber { SequenceNumber(rawValue: first + UInt64(events.count) - 1) }
    }

    private let limits: Limits
    private let state = Mutex(State())

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    package func append(_ events: [Event]) throws -> [SequenceNumber] {
        guard !events.isEmpty else { return [] }
        return try state.withLock { state in
            let sequences = try append(events, to: &state)
            Self.tellReaders(of: state)
            return sequences
        }
    }

    package func appendAtOnce(_ events: [Event]) throws -> [SequenceNumber] {
        guard !events.isEmpty else { return [] }
        return try state.withLock { try append(events, to: &$0) }
    }

    package func tellReaders() {
        state.withLock { Self.tellReaders(of: $0) }
    }

    /// Inside the lock, so that the newest head is also the last one told; a yield runs nobody's code.
    private static func tellReaders(of state: State) {
        for reader in state.readers.values { reader.yield(state.head) }
    }

    private func append(_ events: [Event], to state: inout State) throws -> [SequenceNumber] {
        guard !state.isClosed else { throw EventLogError.closed }
        let start = state.head.rawValue + 1
        for event in events {
            state.events.append(event)
            state.bytes += Self.size(event)
        }
        let head = state.head
        while state.events.count > 1, state.bytes > limits.bytes || state.events.count > limits.events {
            state.bytes -= Self.size(state.events.removeFirst())
            state.first += 1
        }
        return (start...head.rawValue).map { SequenceNumber(rawValue: $0) }
    }

    package func read(after sequence: SequenceNumber, maxEvents: Int, maxBytes: Int) -> LogSlice {
        state.withLock { state in
            let head = state.head
            guard sequence < head else { return LogSlice(events: [], gap: false, head: head) }
            let start = max(sequence.rawValue + 1, state.first)
            var read: [LoggedEvent] = []
            var bytes = 0
            for index in Int(start - state.first)..<state.events.count {
                let event = state.events[index]
                let number = SequenceNumber(rawValue: state.first + UInt64(index))
                read.append(LoggedEvent(sequence: number, event: event))
                bytes += event.envelope.count
                if read.count >= maxEvents || bytes >= maxBytes { break }
            }
            return LogSlice(events: read, gap: start > sequence.rawValue + 1, head: head)
        }
    }

    package func head() -> SequenceNumber { state.withLock { $0.head } }

    package func oldest() -> SequenceNumber? {
        state.withLock { $0.events.isEmpty ? nil : SequenceNumber(rawValue: $0.first) }
    }

    /// The first call looks at every event, later ones at what has come since: publishers do not pay for what nobody
    /// asks.
    package func place(of id: EventID) -> SequenceNumber? {
        // In steps, so that publishers get in between.
        while !indexOn() {}
        return state.withLock { state in
            guard let place = state.places[id], place.rawValue >= state.first else { return nil }
            return place
        }
    }

    /// - Returns: whether the index has reached the end.
    private func indexOn() -> Bool {
        state.withLock { state in
            if state.places.count > 2 * state.events.count + 1_024 {
                state.places = [:]
                state.indexed = .zero
            }
            let start = Int(max(state.indexed.rawValue + 1, state.first) - state.first)
            let end = min(start + 4_096, state.events.count)
            for index in start..<max(start, end) {
                state.places[state.events[index].id] = SequenceNumber(rawValue: state.first + UInt64(index))
            }
            state.indexed = max(state.indexed, SequenceNumber(rawValue: state.first + UInt64(end) - 1))
            return end >= state.events.count
        }
    }

    package func place(before time: Int64) -> SequenceNumber {
        state.withLock { state in
            // Ids nearly ascend: publishers that come at the same moment may append in another order than they took
            // their ids. Every event this far before the found one is earlier than it.
            let disorder = 1_024
            var (low, high) = (0, state.events.count)
            while low < high {
                let middle = (low + high) / 2
                if state.events[middle].id.time < time { low = middle + 1 } else { high = middle }
            }
            let nearby = max(0, low - disorder)..<min(state.events.count, low + disorder)
            let found = nearby.first { state.events[$0].id.time >= time } ?? low
            return SequenceNumber(rawValue: state.first + UInt64(found) - 1)
        }
    }

    package func contents() -> LogContents? {
        state.withLock { state in
            guard let oldest = state.events.first, let newest = state.events.last else { return nil }
            return LogContents(
                oldest: .init(sequence: SequenceNumber(rawValue: state.first), id: oldest.id),
                newest: .init(sequence: state.head, id: newest.id), events: state.events.count,
                bytes: state.bytes - state.events.count * Limits.overheadBytes)
        }
    }

    package func close() {
        let readers = state.withLock { state in
            state.isClosed = true
            defer { state.readers = [:] }
            return state.readers
        }
        for reader in readers.values { reader.finish() }
    }

    package func tail() -> AsyncStream<SequenceNumber> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: SequenceNumber.self, bufferingPolicy: .bufferingNewest(1))
        let reader = state.withLock { state in
            let reader = state.nextReader
            state.nextReader += 1
            guard !state.isClosed else {
                continuation.finish()
                return reader
            }
            state.readers[reader] = continuation
            continuation.yield(state.head)
            return reader
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.readers.removeValue(forKey: reader) }
        }
        return stream
    }

    private static func size(_ event: Event) -> Int { event.envelope.count + Limits.overheadBytes }
}
