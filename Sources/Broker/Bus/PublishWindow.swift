internal import EventLog
internal import Synchronization

/// Holds publishers back while too many bytes are between them and delivery, and knows whether any of them is between
/// being let in and having appended.
final class PublishWindow: Sendable {
    private struct Waiter {
        let bytes: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        /// How far the owner has handed events over.
        var position = SequenceNumber.zero
        /// Bytes let in and not yet handed over.
        var bytes = 0
        /// Publishers let in that have not appended yet.
        var publishers = 0
        /// What was appended and is not yet handed over, ascending.
        var appended: [(through: SequenceNumber, bytes: Int)] = []
        var waiters: [Waiter] = []
        var isClosed = false
    }

    private let maxBytes: Int
    private let state = Mutex(State())

    init(maxBytes: Int) {
        self.maxBytes = maxBytes
    }

    /// Waits until there is room, in the order of the calls. What is larger than the whole window goes in alone.
    ///
    /// - Returns: false when the window is closed; otherwise `leave` must follow.
    func enter(bytes: Int) async -> Bool {
        await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                if state.isClosed { return false }
                if state.waiters.isEmpty, admit(bytes, &state) { return true }
                state.waiters.append(Waiter(bytes: bytes, continuation: continuation))
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Goes in if that needs no waiting.
    ///
    /// - Returns: false when it does, or when the window is closed; otherwise `leave` must follow.
    func enterAtOnce(bytes: Int) -> Bool {
        state.withLock { state in !state.isClosed && state.waiters.isEmpty && admit(bytes, &state) }
    }

    /// Whether a small publisher would get in at once at this moment.
    var isOpen: Bool {
        state.withLock { state in !state.isClosed && state.waiters.isEmpty && state.bytes < maxBytes }
    }

    /// A publisher that was let in is done with the log.
    ///
    /// - Parameter sequence: its last event; nil when nothing was appended.
    /// - Returns: whether it was the last one and the window is closed.
    func leave(bytes: Int, through sequence: SequenceNumber?) -> Bool {
        let (admitted, isQuiet) = state.withLock { state in
            state.publishers -= 1
            if let sequence, sequence > state.position {
                let place = state.appended.lastIndex { $0.through < sequence }.map { $0 + 1 } ?? 0
                state.appended.insert((sequence, bytes), at: place)
            } else {
                state.bytes -= bytes
            }
            return (admitWaiters(&state), state.isClosed && state.publishers == 0)
        }
        for waiter in admitted { waiter.continuation.resume(returning: true) }
        return isQuiet
    }

    /// The owner has handed over everything up to here.
    func advance(to position: SequenceNumber) {
        let admitted = state.withLock { state in
            state.position = max(state.position, position)
            let done = state.appended.prefix { $0.through <= position }
            state.bytes -= done.reduce(0) { $0 + $1.bytes }
            state.appended.removeFirst(done.count)
            return admitWaiters(&state)
        }
        for waiter in admitted { waiter.continuation.resume(returning: true) }
    }

    /// Lets nobody in any more; whoever waits is turned away.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: false) }
    }

    /// Closed, and everyone who was let in has appended.
    var isQuiet: Bool { state.withLock { $0.isClosed && $0.publishers == 0 } }

    private func admit(_ bytes: Int, _ state: inout State) -> Bool {
        guard state.bytes == 0 || state.bytes <= maxBytes - min(bytes, maxBytes) else { return false }
        state.bytes += bytes
        state.publishers += 1
        return true
    }

    private func admitWaiters(_ state: inout State) -> [Waiter] {
        var count = 0
        while count < state.waiters.count, admit(state.waiters[count].bytes, &state) { count += 1 }
        let admitted = Array(state.waiters.prefix(count))
        state.waiters.removeFirst(count)
        return admitted
    }
}
