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
        var readers: [Int: AsyncStream<SequenceNumber>.Continuation] = [:]
        var nextReader = 0

        var head: SequenceNumber { SequenceNumber(rawValue: first + UInt64(events.count) - 1) }
    }

    private let limits: Limits
    private let state = Mutex(State())

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    package func append(_ events: [Event]) -> [SequenceNumber] {
        guard !events.isEmpty else { return [] }
        return state.withLock { state in
            defer { Self.tellReaders(of: state) }
            return append(events, to: &state)
        }
    }

    package func appendAtOnce(_ events: [Event]) -> [SequenceNumber] {
        guard !events.isEmpty else { return [] }
        return state.withLock { append(events, to: &$0) }
    }

    package func tellReaders() {
        state.withLock { Self.tellReaders(of: $0) }
    }

    /// Inside the lock, so that the newest head is also the last one told; a yield runs nobody's code.
    private static func tellReaders(of state: State) {
        for reader in state.readers.values { reader.yield(state.head) }
    }

    private func append(_ events: [Event], to state: inout State) -> [SequenceNumber] {
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

    package func tail() -> AsyncStream<SequenceNumber> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: SequenceNumber.self, bufferingPolicy: .bufferingNewest(1))
        let reader = state.withLock { state in
            let reader = state.nextReader
            state.nextReader += 1
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
