import Synchronization

/// Bounds the bytes of events that were handed to the event loops and are not yet queued at their connections.
///
/// An event loop that is behind would otherwise collect batches without limit. Waiting for it holds the bus back, and
/// through the bus the publishers. A slow client does not count here: its queue has a limit of its own.
final class DeliveryWindow: Sendable {
    private struct State {
        var bytes = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Counts `bytes` in. Call ``waitForRoom()`` afterwards.
    func enter(_ bytes: Int) {
        state.withLock { $0.bytes += bytes }
    }

    /// Counts `bytes` out.
    func leave(_ bytes: Int) {
        let ready = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.bytes -= bytes
            guard state.bytes <= bytesMax else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in ready { continuation.resume() }
    }

    /// Returns when no more than the limit is under way.
    func waitForRoom() async {
        await withCheckedContinuation { continuation in
            let isFull = state.withLock { state in
                guard state.bytes > bytesMax else { return false }
                state.waiting.append(continuation)
                return true
            }
            if !isFull { continuation.resume() }
        }
    }
}
