package import NIOCore

/// A WebSocket's socket while it is lent to the table of patterns, which then sends by it without its connection: where
/// connections are many, their memory is cold, and a delivery touches this and nothing else of them.
///
/// Invariant: as long as it is lent, its connection is open, gets plain frames, has no session, keeps its pattern, and
/// nothing of it waits in a queue or in NIO. ``WebSocketHandler`` takes it back before anything of that changes; only then
/// does the connection count what was sent.
package struct LentSocket {
    package private(set) var lastMessage = NIODeadline.uptimeNanoseconds(0)
    private var descriptor: CInt = -1
    package private(set) var messages: UInt32 = 0
    /// Small, as a connection has one of these while it does nothing, too: ``send(_:at:)`` sees to the bound.
    package private(set) var bytes: UInt32 = 0

    /// Not lent.
    package init() {}

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    var isLent: Bool { descriptor >= 0 }

    /// Sends the frames of events.
    ///
    /// - Returns: how many bytes the kernel took. Less than all, even none, is for the connection to go on with and to
    ///   count.
    mutating func send(_ run: FrameRun, at now: NIODeadline) -> Int {
        let size = run.bytes.readableBytes
        let (total, overflows) = bytes.addingReportingOverflow(UInt32(clamping: size))
        guard !overflows else { return 0 }
        let sent = DirectSocket.send(run.bytes, descriptor)
        if sent == size {
            messages += UInt32(truncatingIfNeeded: run.messages)
            bytes = total
            lastMessage = now
        }
        return sent
    }
}

@available(*, unavailable)
extension LentSocket: Sendable {}
