import Logging
import NIOCore

/// Stops accepting when the process has no descriptor left, and tries again a little later.
///
/// Without it the listening socket stays readable, and the event loop does nothing but try in vain: a delayed `read` alone
/// (as with NIO's `AcceptBackoffHandler`) does not help when the very first `accept` of a turn fails, because the read
/// that was asked for before is still outstanding. So this takes the socket out of the selector. Clients wait in the
/// kernel's queue meanwhile.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// How long to leave the connections that are open to themselves.
    static let pause = TimeAmount.milliseconds(100)

    private let logger: Logger
    private var resumption: Scheduled<Void>?
    /// When to say again that connections wait; saying it ten times a second would fill a disk.
    private var nextWarning = NIODeadline.uptimeNanoseconds(0)

    init(logger: Logger) {
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Which of accept's errors close the socket is NIO's decision; all that leave it open may pass.
        guard error is IOError else { return context.fireErrorCaught(error) }
        guard resumption == nil else { return }
        let now = context.eventLoop.now
        if now >= nextWarning {
            nextWarning = now + .seconds(10)
            logger.warning(
                "connections wait to be accepted; raise the limit of open files (ulimit -n) or lower --max-connections",
                metadata: ["error": "\(error)"])
        }
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let bound = NIOLoopBound((self, context.channel), eventLoop: context.eventLoop)
        resumption = context.eventLoop.scheduleTask(in: Self.pause) {
            let (handler, channel) = bound.value
            handler.resumption = nil
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        resumption?.cancel()
        resumption = nil
    }
}

@available(*, unavailable)
extension AcceptPause: Sendable {}
