import CoreMetrics

/// What the gateway counts. Labels take their values from closed sets, so the number of series is fixed.
///
/// | metric | labels | |
/// |---|---|---|
/// | `lambdaless_connections` | | open WebSocket connections |
/// | `lambdaless_connections_opened_total` | | |
/// | `lambdaless_connections_closed_total` | `cause` | see ``CloseCause`` |
/// | `lambdaless_messages_received_total` | `route` | messages from clients, by route key |
/// | `lambdaless_messages_sent_total`, `lambdaless_sent_bytes_total` | | messages to clients, frame headers included |
/// | `lambdaless_messages_dropped_total`, `lambdaless_dropped_bytes_total` | | could not be sent before the end |
/// | `lambdaless_events_oversize_total` | | events over the size limit for events |
/// | `lambdaless_http_requests_total` | `route`, `status` | status as `2xx` … `5xx` |
final class GatewayMetrics: Sendable {
    private let openedTotal: Counter
    private let closedTotal: [CloseCause: Counter]
    private let receivedTotal: [String: Counter]
    private let droppedMessages: Counter
    private let droppedBytes: Counter
    private let open: Meter
    private let requests: [HTTPRoute.Name: [Counter]]

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
        droppedMessages = counter("messages_dropped_total")
        droppedBytes = counter("dropped_bytes_total")
        open = Meter(label: "lambdaless_connections", dimensions: [], factory: factory)
        open.set(0)
        requests = Dictionary(
            uniqueKeysWithValues: HTTPRoute.Name.allCases.map { name in
                (
                    name,
                    (1...5).map { counter("http_requests_total", [("route", name.rawValue), ("status", "\($0)xx")]) }
                )
            })
    }

    func opened() {
        openedTotal.increment()
        open.increment()
    }

    func closed(_ cause: CloseCause, _ counters: WebSocketHandler.Counters) {
        closedTotal[cause]?.increment()
        open.decrement()
        if counters.droppedMessages > 0 {
            droppedMessages.increment(by: counters.droppedMessages)
            droppedBytes.increment(by: counters.droppedBytes)
        }
    }

    func received(_ route: MessageRoute) {
        receivedTotal[route.key]?.increment()
    }

    func answered(_ route: HTTPRoute.Name, status: Int) {
        requests[route]?[min(max(status / 100, 1), 5) - 1].increment()
    }
}

/// What the callback API counts on its way to the connections.
struct DeliveryMetrics: Sendable {
    private let oversizeTotal: Counter
    private let sentMessages: Counter
    private let sentBytes: Counter

    init(factory: any MetricsFactory) {
        oversizeTotal = Counter(label: "lambdaless_events_oversize_total", dimensions: [], factory: factory)
        sentMessages = Counter(label: "lambdaless_messages_sent_total", dimensions: [], factory: factory)
        sentBytes = Counter(label: "lambdaless_sent_bytes_total", dimensions: [], factory: factory)
    }

    func oversize() {
        oversizeTotal.increment()
    }

    /// Called once per event loop turn, not per message: the counters are shared by all threads.
    func sent(messages: Int, bytes: Int) {
        sentMessages.increment(by: messages)
        sentBytes.increment(by: bytes)
    }
}
