/// What each metric of the broker tells, in a sentence for whoever looks at a graph: the `# HELP` lines of
/// ``PrometheusRegistry``. Without line breaks and backslashes, which would need escapes there.
///
/// In one place for all that make metrics, as swift-metrics has no room for a description.
package enum MetricDescriptions {
    package static let all = [
        // GatewayMetrics
        "lambdaless_connections": "Subscribers that are connected: WebSockets and streams.",
        "lambdaless_connections_opened_total": "Subscribers that have connected.",
        "lambdaless_connections_closed_total": "Subscribers whose connection has ended, by what ended it.",
        "lambdaless_messages_received_total": "Messages from clients, by the action that they ask for.",
        "lambdaless_http_requests_total": "HTTP requests that were answered, by door and class of status.",
        // DeliveryMetrics
        "lambdaless_messages_sent_total": "Messages sent to clients.",
        "lambdaless_sent_bytes_total": "Bytes of the messages sent to clients, with the headers of frames.",
        "lambdaless_messages_dropped_total": "Messages that were for a client and will not be sent.",
        "lambdaless_dropped_bytes_total": "Bytes of the messages that will not be sent.",
        "lambdaless_queued_bytes": "Bytes that wait for clients which do not keep up.",
        "lambdaless_connections_slow_total":
            "Connections closed for not keeping up, or from which events began to be dropped.",
        "lambdaless_events_oversize_total": "Events that were over the size limit for a delivery and were not sent.",
        // BusMetrics
        "lambdaless_events_published_total": "Events taken into the log.",
        "lambdaless_publish_failures_total": "Events that the log could not take.",
        "lambdaless_events_matched_total": "Events that matched at least one pattern.",
        "lambdaless_batch_match_duration": "Seconds that it took to match a batch of events against all patterns.",
        "lambdaless_event_log_events": "Events in the log.",
        "lambdaless_event_log_bytes": "Bytes of the events in the log.",
        "lambdaless_event_log_gaps_total": "How often events had left the log before they were delivered.",
        "lambdaless_patterns": "Connections that have a pattern.",
        "lambdaless_distinct_patterns": "Different patterns among those of all connections.",
        "lambdaless_index_conjunctions": "Ways to match the different patterns: one for each, more with $or.",
        "lambdaless_index_fields": "Names in the paths that patterns ask for.",
        "lambdaless_index_tests": "Different tests of values in patterns, by kind.",
        "lambdaless_index_bytes": "Bytes of memory that the index of patterns has taken.",
    ]
}
