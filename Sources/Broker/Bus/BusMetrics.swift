internal import CoreMetrics
internal import Metrics
internal import PatternIndex

/// The metrics of one bus, made once. The only dimension is the bus's name.
struct BusMetrics: Sendable {
    private let published: Counter
    private let publishFailures: Counter
    private let matched: Counter
    private let gaps: Counter
    private let matchDuration: Metrics.Timer
    private let patterns: Gauge
    private let distinctPatterns: Gauge

    init(bus: String, factory: any MetricsFactory) {
        let dimensions = [("bus", bus)]
        published = Counter(label: "lambdaless_events_published_total", dimensions: dimensions, factory: factory)
        publishFailures = Counter(
            label: "lambdaless_publish_failures_total", dimensions: dimensions, factory: factory)
        matched = Counter(label: "lambdaless_events_matched_total", dimensions: dimensions, factory: factory)
        gaps = Counter(label: "lambdaless_event_log_gaps_total", dimensions: dimensions, factory: factory)
        matchDuration = Metrics.Timer(
            label: "lambdaless_batch_match_duration", dimensions: dimensions, factory: factory)
        patterns = Gauge(label: "lambdaless_patterns", dimensions: dimensions, factory: factory)
        distinctPatterns = Gauge(label: "lambdaless_distinct_patterns", dimensions: dimensions, factory: factory)
    }

    /// So many events were taken into the log.
    func published(_ events: Int) { published.increment(by: events) }

    /// The log could not take so many events.
    func publishingFailed(_ events: Int) { publishFailures.increment(by: events) }

    /// One batch was matched against all patterns, in this time; so many of its events matched at least one.
    func matched(_ events: Int, in duration: Duration) {
        matched.increment(by: events)
        matchDuration.record(duration: duration)
    }

    /// Events had left the log before they were delivered.
    func gap() { gaps.increment() }

    /// How many connections have a pattern, and how many different ones.
    func show(_ statistics: PatternIndex.Statistics) {
        patterns.record(statistics.patterns)
        distinctPatterns.record(statistics.distinct)
    }
}
