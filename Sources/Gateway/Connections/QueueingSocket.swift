import NIOCore
import WebSocketFraming

/// A subscriber's socket that keeps what its channel does not take yet, in order and within bounds: what WebSockets and
/// event streams have in common.
protocol QueueingSocket: SubscriberSocket {
    /// Nil before and after the channel.
    var context: ChannelHandlerContext? { get }
    /// What the channel does not take yet; nil when nothing waits.
    var queue: OutboundQueue? { get set }
    var counters: WebSocketHandler.Counters { get set }
    var settings: WebSocketSettings { get }
    /// The form of gap notices.
    var noticeFraming: Framing { get }
    /// Hears what was sent, dropped, or waits.
    var listener: any WebSocketConversation { get }

    /// Hands bytes to the channel; they leave with the next flush.
    func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext)
}

extension QueueingSocket {
    var takesMore: Bool { queue == nil && context?.channel.isWritable ?? false }

    /// Bytes that wait in the queue and in the channel's.
    var waitingBytes: Int {
        let inChannel = try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)
        return (queue?.bytes ?? 0) + (inChannel ?? 0)
    }

    /// Writes frames, or queues them behind what waits.
    func writeOrQueue(_ run: FrameRun) -> WebSocketHandler.SendResult {
        guard isOpen, let context else {
            count(dropped: .init(messages: run.messages, bytes: run.bytes.readableBytes))
            return .closed
        }
        guard queue == nil && context.channel.isWritable else { return wait(run) ? .accepted : .queueFull }
        write(run, context)
        return .accepted
    }

    /// Writes what waits: all of it, or as much as the channel takes now.
    func drainQueue(_ context: ChannelHandlerContext, all: Bool = false) {
        guard let queue else { return }
        let before = queue.bytes
        while all || context.channel.isWritable, let run = queue.popFirst() { write(run, context) }
        if queue.isEmpty { self.queue = nil }
        listener.counted(OutboundChange(queuedBytes: queue.bytes - before))
    }

    func dropQueue() {
        guard let queue else { return }
        self.queue = nil
        listener.counted(OutboundChange(queuedBytes: -queue.bytes))
        count(dropped: queue.removeAll())
    }

    func count(sent run: FrameRun) {
        let bytes = run.bytes.readableBytes
        counters.sentMessages += run.messages
        counters.sentBytes += bytes
        listener.counted(OutboundChange(sentMessages: run.messages, sentBytes: bytes))
    }

    private func count(dropped: OutboundQueue.Dropped) {
        guard dropped.messages > 0 else { return }
        counters.droppedMessages += dropped.messages
        counters.droppedBytes += dropped.bytes
        listener.counted(OutboundChange(droppedMessages: dropped.messages, droppedBytes: dropped.bytes))
    }

    private func write(_ run: FrameRun, _ context: ChannelHandlerContext) {
        count(sent: run)
        write(run.bytes, context)
    }

    /// Takes `run` into the queue.
    ///
    /// - Returns: whether it was taken, or dropped as the policy says.
    private func wait(_ run: FrameRun) -> Bool {
        let queue = queue ?? OutboundQueue(bytesMax: settings.outboundQueueBytesMax, framing: noticeFraming)
        let before = queue.bytes
        defer {
            self.queue = queue.isEmpty ? nil : queue
            listener.counted(OutboundChange(queuedBytes: queue.bytes - before))
        }
        if queue.append(run) { return true }
        if settings.slowConsumerPolicy == .dropOldest {
            let isFirst = queue.gap == 0
            let (dropped, isTaken) = queue.appendDroppingOldest(run)
            count(dropped: dropped)
            if isFirst && queue.gap > 0 { listener.fellBehind() }
            if isTaken { return true }
        }
        count(dropped: .init(messages: run.messages, bytes: run.bytes.readableBytes))
        return false
    }
}
