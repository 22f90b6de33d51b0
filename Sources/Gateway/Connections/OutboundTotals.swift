import NIOCore

/// Adds up what the connections of one event loop sent, dropped and queued, and shows it once a turn: the metrics are
/// shared by all threads, and the connections are many.
final class OutboundTotals {
    private let eventLoop: any EventLoop
    private let metrics: DeliveryMetrics
    private var change = OutboundChange()
    private var isScheduled = false

    init(eventLoop: any EventLoop, metrics: DeliveryMetrics) {
        self.eventLoop = eventLoop
        self.metrics = metrics
    }

    func add(_ more: OutboundChange) {
        change.sentMessages += more.sentMessages
        change.sentBytes += more.sentBytes
        change.droppedMessages += more.droppedMessages
        change.droppedBytes += more.droppedBytes
        change.queuedBytes += more.queuedBytes
        guard !isScheduled else { return }
        isScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { bound.value.show() }
    }

    func fellBehind() {
        metrics.slow()
    }

    private func show() {
        isScheduled = false
        metrics.show(change)
        change = OutboundChange()
    }
}

@available(*, unavailable)
extension OutboundTotals: Sendable {}
