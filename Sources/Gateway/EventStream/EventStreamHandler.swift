import NIOCore
import WebSocketFraming

/// Writes an HTTP response that goes on, on a channel from which the HTTP handlers are gone: its end is the end of the
/// connection, so its bytes are the same for every client. What the client says is of no interest.
final class EventStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let form: EventStreamText.Form
    private let settings: WebSocketSettings
    private let conversation: GatewayConnection
    private let sweep: DeadlineSweep
    private let opened: NIODeadline
    private var context: ChannelHandlerContext?
    private var queue: OutboundQueue?
    private var hasUnflushed = false
    private var isClosing = false

    private(set) var counters = WebSocketHandler.Counters()
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

    // MARK: Sending

    private func write(_ run: FrameRun, _ context: ChannelHandlerContext) {
        let bytes = run.bytes.readableBytes
        counters.sentMessages += run.messages
        counters.sentBytes += bytes
        conversation.counted(OutboundChange(sentMessages: run.messages, sentBytes: bytes))
        hasUnflushed = true
        context.write(Self.wrapOutboundOut(run.bytes), promise: nil)
    }

    private func drainQueue(_ context: ChannelHandlerContext, all: Bool = false) {
        guard let queue else { return }
        let before = queue.bytes
        while all || context.channel.isWritable, let run = queue.popFirst() { write(run, context) }
        if queue.isEmpty { self.queue = nil }
        conversation.counted(OutboundChange(queuedBytes: queue.bytes - before))
    }

    private func wait(_ run: FrameRun) -> WebSocketHandler.SendResult {
        let queue =
            queue ?? OutboundQueue(bytesMax: settings.outboundQueueBytesMax, framing: conversation.identity.framing)
        let before = queue.bytes
        defer {
            self.queue = queue.isEmpty ? nil : queue
            conversation.counted(OutboundChange(queuedBytes: queue.bytes - before))
        }
        if queue.append(run) { return .accepted }
        if settings.slowConsumerPolicy == .dropOldest {
            let isFirst = queue.gap == 0
            let (dropped, isTaken) = queue.appendDroppingOldest(run)
            count(dropped)
            if isFirst && queue.gap > 0 { conversation.fellBehind() }
            if isTaken { return .accepted }
        }
        count(.init(messages: run.messages, bytes: run.bytes.readableBytes))
        return .queueFull
    }

    private func dropQueue() {
        guard let queue else { return }
        self.queue = nil
        conversation.counted(OutboundChange(queuedBytes: -queue.bytes))
        count(queue.removeAll())
    }

    private func count(_ dropped: OutboundQueue.Dropped) {
        guard dropped.messages > 0 else { return }
        counters.droppedMessages += dropped.messages
        counters.droppedBytes += dropped.bytes
        conversation.counted(OutboundChange(droppedMessages: dropped.messages, droppedBytes: dropped.bytes))
    }
}

@available(*, unavailable)
extension EventStreamHandler: Sendable {}

extension EventStreamHandler: SubscriberSocket {
    var isOpen: Bool { context != nil && !isClosing }
    var takesMore: Bool { queue == nil && context?.channel.isWritable ?? false }

    var queuedBytes: Int {
        let inChannel = try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)
        return (queue?.bytes ?? 0) + (inChannel ?? 0)
    }

    func send(_ run: FrameRun) -> WebSocketHandler.SendResult {
        guard isOpen, let context else {
            count(.init(messages: run.messages, bytes: run.bytes.readableBytes))
            return .closed
        }
        guard queue == nil && context.channel.isWritable else { return wait(run) }
        write(run, context)
        return .accepted
    }

    func flush() {
        guard hasUnflushed, let context else { return }
        hasUnflushed = false
        lastMessage = context.eventLoop.now
        lastWrite = lastMessage
        context.flush()
    }

    /// There is nothing to hold back: a client of a stream says nothing.
    func pause() {}

    func resume() {
        flush()
    }

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
