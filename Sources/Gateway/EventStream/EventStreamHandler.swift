import NIOCore
import WebSocketFraming

/// Writes an HTTP response that goes on, on a channel from which the HTTP handlers are gone: its end is the end of the
/// connection, so its bytes are the same for every client. What the client says is of no interest.
final class EventStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let form: EventStreamText.Form
    let settings: WebSocketSettings
    private let conversation: GatewayConnection
    private let sweep: DeadlineSweep
    private let opened: NIODeadline
    private(set) var context: ChannelHandlerContext?
    var queue: OutboundQueue?
    private var hasUnflushed = false
    private var isClosing = false

    var counters = WebSocketHandler.Counters()
    private(set) var closeCause: CloseCause?
    private(set) var lastMessage: NIODeadline
    private var lastWrite: NIODeadline
    private var unwritableSince: NIODeadline?
    var sweepIndex = -1

    /// Proxies close connections on which nothing comes for a minute, some sooner.
    private static let pingInterval = TimeAmount.seconds(15)
    private static let unwritableTimeLimit = TimeAmount.seconds(60)

    init(
        _ form: EventStreamText.Form, settings: WebSocketSettings, conversation: GatewayConnection,
        sweep: DeadlineSweep, now: NIODeadline
    ) {
        self.form = form
        self.settings = settings
        self.conversation = conversation
        self.sweep = sweep
        opened = now
        lastMessage = now
        lastWrite = now
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        sweep.add(self)
        conversation.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        guard self.context != nil else { return }
        dropQueue()
        self.context = nil
        sweep.remove(self)
        conversation.closed(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable, !isClosing else { return }
        drainQueue(context)
        flush()
        conversation.mayTakeMore()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

@available(*, unavailable)
extension EventStreamHandler: Sendable {}

extension EventStreamHandler: QueueingSocket {
    var isOpen: Bool { context != nil && !isClosing }
    var noticeFraming: Framing { conversation.identity.framing }
    var listener: any WebSocketConversation { conversation }
    var queuedBytes: Int { waitingBytes }

    func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        hasUnflushed = true
        context.write(Self.wrapOutboundOut(bytes), promise: nil)
    }

    func send(_ run: FrameRun) -> WebSocketHandler.SendResult { writeOrQueue(run) }

    func flush() {
        guard hasUnflushed, let context else { return }
        hasUnflushed = false
        lastMessage = context.eventLoop.now
        lastWrite = lastMessage
        context.flush()
    }

    /// There is nothing to hold back: a client of a stream says nothing.
    func pause() {}
    func resume() {}

    /// The code is for WebSockets: the end of a stream has none.
    func close(_ code: CloseCode, cause: CloseCause) {
        end(cause, sendingQueue: true)
    }

    func closeSlowConsumer() {
        if isOpen { conversation.fellBehind() }
        end(.slowConsumer, sendingQueue: false)
    }

    private func end(_ cause: CloseCause, sendingQueue: Bool) {
        guard isOpen, let context else { return }
        closeCause = cause
        if sendingQueue { drainQueue(context, all: true) } else { dropQueue() }
        isClosing = true
        guard sendingQueue else { return context.close(promise: nil) }
        // Closes behind what was written; the sweep cuts off a client that does not read it.
        lastWrite = context.eventLoop.now
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { [context] _ in
            context.close(promise: nil)
        }
    }
}

extension EventStreamHandler: SweepTarget {
    func sweep(at now: NIODeadline) {
        guard let context else { return }
        if isClosing {
            if now - lastWrite >= settings.closeTimeLimit { context.close(promise: nil) }
            return
        }
        if let limit = settings.lifetimeLimit, now - opened >= limit { return end(.expired, sendingQueue: true) }
        if let limit = settings.idleTimeLimit, now - lastMessage >= limit { return end(.expired, sendingQueue: true) }
        guard context.channel.isWritable else {
            // No ping tells whether anybody is there; whoever reads nothing for so long is not.
            let since = unwritableSince ?? now
            unwritableSince = since
            if now - since >= Self.unwritableTimeLimit { closeSlowConsumer() }
            return
        }
        unwritableSince = nil
        guard now - lastWrite >= Self.pingInterval else { return }
        lastWrite = now
        context.writeAndFlush(Self.wrapOutboundOut(EventStreamText.ping(form)), promise: nil)
    }

    func beginShutdown() {
        end(.shutdown, sendingQueue: true)
    }

    func closeNow() {
        context?.close(promise: nil)
    }
}
