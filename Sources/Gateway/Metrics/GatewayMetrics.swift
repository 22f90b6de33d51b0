import CoreMetrics

/// What the gateway counts. Labels take their values from closed sets, so the number of series is fixed.
/// ``MetricDescriptions`` says what each is; ``CloseCause`` has the causes of a connection's end.
final class GatewayMetrics: Sendable {
    private let openedTotal: Counter
    private let closedTotal: [CloseCause: Counter]
    private let receivedTotal: [String: Counter]
    private let open: Meter
    /// For each route by number: one for each class of statuses.
    private let requests: [[Counter]]

    init(factory: any MetricsFactory) {
        func counter(_ label: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: "lambdaless_\(label)", dimensions: dimensions, factory: factory)
        }
        openedTotal = counter("connections_opened_total")
        closedTotal = Dictionary(
            uniqueKeysWithValues: CloseCause.allCases.map {
                ($0, counter("connections_closed_total", [("cause", $0.rawValue)]))
            })
        receivedTotal = Dictionary(
            uniqueKeysWithValues: MessageRoute.keys.map { ($0, counter("messages_received_total", [("route", $0)])) })
        open = Meter(label: "lambdaless_connections", dimensions: [], factory: factory)
        open.set(0)
        requests = HTTPRoute.Name.allCases.map { name in
            (1...5).map { counter("http_requests_total", [("route", name.label), ("status", "\($0)xx")]) }
        }
    }

    func opened() {
        openedTotal.increment()
        open.increment()
    }

    func closed(_ cause: CloseCause) {
        closedTotal[cause]?.increment()
        open.decrement()
    }

    func received(_ route: MessageRoute) {
        receivedTotal[route.key]?.increment()
    }

    func answered(_ route: HTTPRoute.Name, status: Int) {
        requests[route.rawValue][min(max(status / 100, 1), 5) - 1].increment()
    }
}

/// What the callback API counts on its way to the connections.
struct DeliveryMetrics: Sendable {
    private let oversizeTotal: Counter
    private let sentMessages: Counter
    private let sentBytes: Counter
    private let droppedMessages: Counter
    private let droppedBytes: Counter
    private let slowTotal: Counter
    private let queuedBytes: Meter

    init(factory: any MetricsFactory) {
        func counter(_ label: String) -> Counter {
            Counter(label: "lambdaless_\(label)", dimensions: [], factory: factory)
        }
        oversizeTotal = counter("events_oversize_total")
        sentMessages = counter("messages_sent_total")
        sentBytes = counter("sent_bytes_total")
        droppedMessages = counter("messages_dropped_total")
        droppedBytes = counter("dropped_bytes_total")
        slowTotal = counter("connections_slow_total")
        queuedBytes = Meter(label: "lambdaless_queued_bytes", dimensions: [], factory: factory)
        queuedBytes.set(0)
    }

    func oversize() {
        oversizeTotal.increment()
    }

    func slow() {
        slowTotal.increment()
    }

    /// Called once per event loop turn, not per message: the counters are shared by all threads.
    func show(_ change: OutboundChange) {
        sentMessages.increment(by: change.sentMessages)
        sentBytes.increment(by: change.sentBytes)
        droppedMessages.increment(by: change.droppedMessages)
        droppedBytes.increment(by: change.droppedBytes)
        if change.queuedBytes != 0 { queuedBytes.increment(by: Double(change.queuedBytes)) }
    }
}
