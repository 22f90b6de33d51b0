package import NIOCore
package import WebSocketFraming

/// What a connection does with what a client says. All calls come on the connection's event loop.
package protocol WebSocketConversation: AnyObject {
    func opened(_ socket: WebSocketHandler)
    /// A whole message. Call ``WebSocketHandler/pause()`` to get no further one until ``WebSocketHandler/resume()``.
    func received(_ message: WebSocketMessage, from socket: WebSocketHandler)
    /// The answer to a ping: the client has everything that was sent before the ping with this payload.
    func answered(ping payload: [UInt8])
    /// The channel is writable again, and may take more than what waited.
    func mayTakeMore()
    /// The socket is gone, whatever the cause; nothing follows.
    func closed(_ socket: WebSocketHandler)
    /// What was sent, dropped, or waits has changed by so much.
    func counted(_ change: OutboundChange)
    /// The client does not keep up: it is closed for that, or events are dropped for the first time since its last gap
    /// notice.
    func fellBehind()
    /// Ends the loan of the socket.
    func endLoan() -> LentSocket
}

extension WebSocketConversation {
    package func answered(ping payload: [UInt8]) {}
    package func mayTakeMore() {}
    package func counted(_ change: OutboundChange) {}
    package func fellBehind() {}
    package func endLoan() -> LentSocket { LentSocket() }
}

/// How much more was sent, dropped, or waits.
package struct OutboundChange: Hashable, Sendable {
    package var sentMessages = 0
    package var sentBytes = 0
    package var droppedMessages = 0
    package var droppedBytes = 0
    /// Less than zero when fewer bytes wait.
    package var queuedBytes = 0
}

/// A message of a client.
package enum WebSocketMessage: Hashable, Sendable {
    case text([UInt8])
    case binary([UInt8])
}

/// Speaks RFC 6455 on a channel from which the HTTP handlers are gone. It is the only handler there.
///
/// It answers pings, finds dead peers, keeps the closing handshake, and bounds what waits for a client that is slow to
/// read. It knows nothing of routes, patterns or other connections: that is its ``WebSocketConversation``.
///
/// Sending is in two steps, so that a batch costs one system call: ``send(_:)`` as often as needed, then ``flush()``.
/// What is a batch already goes by ``sendNow(_:at:sent:)``.
/// What is sent is a run of frames, so that whether the socket takes it is asked once for all of them.
package final class WebSocketHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// What became of a run of frames.
    package enum SendResult: Equatable { case accepted, closed, queueFull }

    /// What was sent, and what was not.
    package struct Counters: Hashable, Sendable {
        package var sentMessages = 0
        package var sentBytes = 0
        package var droppedMessages = 0
        package var droppedBytes = 0
    }

    // In an order that leaves no room between what is small: every connection has one of these.
    private(set) var context: ChannelHandlerContext?
    /// What the channel does not take yet; `nil` when nothing waits.
    var queue: OutboundQueue?
    private var socket = DirectSocket()
    private var handshake = CloseHandshake()
    private var hasUnflushed = false
    private var isLent = false
    package internal(set) var counters = Counters()
    private var liveness: Liveness
    private let sendsDirectly: Bool
    private var isPaused = false
    private var isReading = false
    private var readWithheld = false
    /// Why the connection ended, for metrics and the log; set by whoever decides first.
    package private(set) var closeCause: CloseCause?

    private let rules: WebSocketRules
    private let conversation: any WebSocketConversation
    private let sweep: DeadlineSweep
    private var reader: WebSocketReader
    /// Reads what the client compressed; `nil` where no compression was agreed upon.
    private let inflater: MessageInflater?
    private var rarities: Rarities?

    package var sweepIndex = -1

    /// What few connections have at a time; apart, as all would have its size.
    private final class Rarities {
        var unread: ByteBuffer?
        var pendingPong: [UInt8]?
        var closeDeadline: NIODeadline?

        var isEmpty: Bool { unread == nil && pendingPong == nil && closeDeadline == nil }
    }

    private func changeRarities(_ change: (Rarities) -> Void) {
        let changed = rarities ?? Rarities()
        change(changed)
        rarities = changed.isEmpty ? nil : changed
    }

    /// What came while paused.
    private var unread: ByteBuffer? {
        get { rarities?.unread }
        set { changeRarities { $0.unread = newValue } }
    }
    /// The newest ping that could not be answered yet; older ones need no answer (RFC 6455 §5.5.3).
    private var pendingPong: [UInt8]? {
        get { rarities?.pendingPong }
        set { changeRarities { $0.pendingPong = newValue } }
    }
    private var closeDeadline: NIODeadline? {
        get { rarities?.closeDeadline }
        set { changeRarities { $0.closeDeadline = newValue } }
    }

    package init(
        rules: WebSocketRules, conversation: any WebSocketConversation, sweep: DeadlineSweep, now: NIODeadline,
        inflater: MessageInflater? = nil, sendsDirectly: Bool = false
    ) {
        self.rules = rules
        self.conversation = conversation
        self.sweep = sweep
        reader = WebSocketReader(limits: rules.readerLimits(isCompressed: inflater != nil))
        self.inflater = inflater
        self.sendsDirectly = sendsDirectly
        liveness = Liveness(now: now)
    }

    /// Whether messages can still be sent: the closing handshake has not begun.
    package var isOpen: Bool { handshake.isOpen && context != nil }

    /// The last message in either direction.
    var lastMessage: NIODeadline { liveness.lastMessage }

    /// Bytes that wait in our queue and in the channel's.
    package var queuedBytes: Int { waitingBytes }

    // MARK: Sending

    /// Queues frames. Nothing leaves before ``flush()``.
    ///
    /// - Returns: `.queueFull` when they would exceed the outbound queue limit; the caller decides what follows. Where
    ///   the policy is to drop the oldest events, that happens only to what is no event.
    package func send(_ run: FrameRun) -> SendResult {
        takeBack()
        return writeOrQueue(run)
    }

    /// Queues one frame that carries a message, as ``send(_:)-(FrameRun)`` does.
    package func send(_ frame: ByteBuffer) -> SendResult {
        send(.message(frame))
    }

    /// Sends frames that are all there is to send for now: straight to the kernel if nothing stands before them. Call
    /// ``flush()`` in any case.
    ///
    /// - Parameters:
    ///   - now: the event loop's time, which the caller has at hand.
    ///   - sent: how many of their bytes went by the lent socket already.
    package func sendNow(_ run: FrameRun, at now: NIODeadline, sent: Int = 0) -> SendResult {
        guard isOpen, queue == nil, !hasUnflushed, let context else {
            assert(sent == 0, "only an open socket without anything that waits is lent")
            return send(run)
        }
        let sent = sent > 0 ? sent : socket.transmit(run.bytes, context)
        guard sent > 0 else { return send(run) }
        count(sent: run)
        liveness.message(at: now)
        if sent < run.bytes.readableBytes {
            var rest = run.bytes
            rest.moveReaderIndex(forwardBy: sent)
            write(rest, context)
        }
        return .accepted
    }

    func lend() -> CInt? {
        takeBack()
        guard isOpen, queue == nil, !hasUnflushed, let descriptor = socket.free else { return nil }
        isLent = true
        return descriptor
    }

    func takeBack() {
        guard isLent else { return }
        isLent = false
        let lent = conversation.endLoan()
        counters.sentMessages += Int(lent.messages)
        counters.sentBytes += Int(lent.bytes)
        liveness.message(at: lent.lastMessage)
    }

    /// Hands what was written to the kernel.
    package func flush() {
        guard hasUnflushed, let context else { return }
        hasUnflushed = false
        liveness.message(at: context.eventLoop.now)
        context.flush()
    }

    /// Begins the closing handshake; messages that still wait are sent before the close frame.
    package func close(_ code: CloseCode, cause: CloseCause) {
        guard let context else { return }
        perform(handshake.close(code), cause: cause, context)
    }

    /// Closes a client that does not read: what waits is dropped, counted, and followed by a close frame.
    package func closeSlowConsumer() {
        guard let context else { return }
        if isOpen { conversation.fellBehind() }
        perform(
            handshake.fail(.slowConsumer(limit: rules.settings.outboundQueueBytesMax)), cause: .slowConsumer, context)
    }

    func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        hasUnflushed = true
        writeBehindNIO(bytes, context)
    }

    private func writeBehindNIO(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        takeBack()
        socket.stayBehindNIO()
        context.write(Self.wrapOutboundOut(bytes), promise: nil)
    }

    private func writeAndFlush(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        writeBehindNIO(bytes, context)
        context.flush()
    }

    private func pong(_ payload: [UInt8], _ context: ChannelHandlerContext) {
        guard handshake.isOpen else { return }
        guard context.channel.isWritable else {
            pendingPong = payload
            return
        }
        writeAndFlush(FrameEncoder.frame(.pong, payload), context)
    }

    // MARK: Closing

    private func perform(_ action: CloseHandshake.Action, cause: CloseCause, _ context: ChannelHandlerContext) {
        takeBack()
        switch action {
        case .none:
            return
        case .sendAndAwait(let code):
            begin(cause, context)
            drainQueue(context, all: true)
            writeAndFlush(FrameEncoder.close(code), context)
            resume()
        case .sendAndDiscard(let code):
            begin(cause, context)
            dropQueue()
            writeAndFlush(FrameEncoder.close(code), context)
            context.close(mode: .output, promise: nil)
            resume()
        case .sendAndClose(let code):
            begin(cause, context)
            dropQueue()
            writeAndFlush(FrameEncoder.close(code), context)
            context.close(promise: nil)
        case .closeSocket:
            context.close(promise: nil)
        }
    }

    private func begin(_ cause: CloseCause, _ context: ChannelHandlerContext) {
        if closeCause == nil { closeCause = cause }
        let settings = rules.settings
        closeDeadline =
            context.eventLoop.now + (cause == .slowConsumer ? settings.slowCloseTimeLimit : settings.closeTimeLimit)
    }

    // MARK: Receiving

    /// Stops handing out messages; bytes stay unread, so a client that goes on sending is held back by TCP.
    package func pause() {
        isPaused = true
    }

    /// Goes on where ``pause()`` stopped.
    package func resume() {
        guard isPaused else { return }
        isPaused = false
        guard let context, !isReading else { return }
        if var bytes = unread {
            unread = nil
            read(&bytes, context)
        }
        flush()
        if !isPaused && readWithheld {
            readWithheld = false
            context.read()
        }
    }

    private func read(_ bytes: inout ByteBuffer, _ context: ChannelHandlerContext) {
        isReading = true
        defer { isReading = false }
        do throws(WebSocketFault) {
            while !isPaused, let event = try nextEvent(in: &bytes) { handle(event, context) }
            if bytes.readableBytes > 0 { unread = bytes }
        } catch {
            perform(handshake.fail(error.closeCode), cause: .clientFault, context)
        }
    }

    private func nextEvent(in bytes: inout ByteBuffer) throws(WebSocketFault) -> WebSocketEvent? {
        var position = 0
        defer { bytes.moveReaderIndex(forwardBy: position) }
        let event = try reader.next(in: bytes.readableBytesUInt8Span, from: &position)
        guard let inflater, case .compressed(let message)? = event else { return event }
        return try message.inflated(inflater, rules.readerLimits(isCompressed: true))
    }

    private func handle(_ event: WebSocketEvent, _ context: ChannelHandlerContext) {
        switch event {
        case .text(let bytes): receive(.text(bytes), context)
        case .binary(let bytes): receive(.binary(bytes), context)
        case .ping(let payload): pong(payload, context)
        // Compressed messages are inflated where they are read, and none is taken without an inflater.
        case .pong(let payload): conversation.answered(ping: payload)
        case .compressed: break
        case .close(let code): perform(handshake.received(code), cause: .client, context)
        }
    }

    private func receive(_ message: WebSocketMessage, _ context: ChannelHandlerContext) {
        guard handshake.isOpen else { return }
        liveness.message(at: context.eventLoop.now)
        conversation.received(message, from: self)
    }

    // MARK: Channel

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if sendsDirectly { socket.open(context.channel) }
        sweep.add(self)
        conversation.opened(self)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        guard self.context != nil else { return }
        takeBack()
        socket.close()
        dropQueue()
        self.context = nil
        sweep.remove(self)
        conversation.closed(self)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        takeBack()
        socket.close()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        liveness.received(at: context.eventLoop.now)
        var bytes = Self.unwrapInboundIn(data)
        if var waiting = unread {
            waiting.writeBuffer(&bytes)
            unread = nil
            bytes = waiting
        }
        guard !isPaused else {
            unread = bytes
            return
        }
        read(&bytes, context)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        flush()
    }

    package func read(context: ChannelHandlerContext) {
        if isPaused {
            readWithheld = true
        } else {
            context.read()
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable, handshake.isOpen else { return }
        if let payload = pendingPong {
            pendingPong = nil
            pong(payload, context)
        }
        drainQueue(context)
        flush()
        conversation.mayTakeMore()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a broken pipe: the channel closes by itself; anything else leaves nothing to go on with.
        context.close(promise: nil)
    }
}

@available(*, unavailable)
extension WebSocketHandler: Sendable {}

extension WebSocketHandler: SweepTarget {
    package func sweep(at now: NIODeadline) {
        guard let context else { return }
        if let closeDeadline {
            if now >= closeDeadline { context.close(promise: nil) }
            return
        }
        // While we hold back reading, silence is ours and says nothing about the client.
        if isPaused { liveness.received(at: now) }
        var verdict = liveness.check(rules.settings, at: now)
        if verdict == .expired, isLent {
            // Events may have gone by the lent socket.
            takeBack()
            verdict = liveness.check(rules.settings, at: now)
        }
        switch verdict {
        case .alive:
            break
        case .sendPing:
            writeAndFlush(FrameEncoder.frame(.ping, []), context)
        case .expired:
            close(.goingAway, cause: .expired)
        case .dead:
            closeCause = .dead
            context.close(promise: nil)
        }
    }

    package func beginShutdown() {
        close(.goingAway, cause: .shutdown)
    }

    package func closeNow() {
        context?.close(promise: nil)
    }
}

extension WebSocketHandler: QueueingSocket {
    var settings: WebSocketSettings { rules.settings }
    /// The same for compressed frames: a notice is too short to be compressed.
    var noticeFraming: Framing { .plain }
    var listener: any WebSocketConversation { conversation }
}
