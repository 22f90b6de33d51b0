internal import CoreMetrics
internal import Metrics
internal import PatternIndex

/// The metrics of one bus, made once. The dimensions are the bus's name and, for tests of values, their kind.
struct BusMetrics: Sendable {
    private let published: Counter
    private let publishFailures: Counter
    private let matched: Counter
    private let gaps: Counter
    private let matchDuration: Metrics.Timer
    private let patterns: Gauge
    private let distinctPatterns: Gauge
    private let conjunctions: Gauge
    private let fields: Gauge
    private let indexBytes: Gauge
    private let logEvents: Gauge
    private let logBytes: Gauge
    /// In the order of `PatternIndex.testKinds`.
    private let tests: [Gauge]

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
        conjunctions = Gauge(label: "lambdaless_index_conjunctions", dimensions: dimensions, factory: factory)
        fields = Gauge(label: "lambdaless_index_fields", dimensions: dimensions, factory: factory)
        indexBytes = Gauge(label: "lambdaless_index_bytes", dimensions: dimensions, factory: factory)
        logEvents = Gauge(label: "lambdaless_event_log_events", dimensions: dimensions, factory: factory)
        logBytes = Gauge(label: "lambdaless_event_log_bytes", dimensions: dimensions, factory: factory)
        tests = PatternIndex.testKinds.map { kind in
            Gauge(label: "lambdaless_index_tests", dimensions: dimensions + [("kind", kind)], factory: factory)
        }
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

    /// How many connections have a pattern, how many different ones, and what the index of them is made of. Takes the
    /// counts only: it is called after every change of patterns, and must not cost more the more there are.
    func show(_ counts: PatternIndex.Counts) {
        patterns.record(counts.patterns)
        distinctPatterns.record(counts.distinct)
        conjunctions.record(counts.conjunctions)
        fields.record(counts.fields)
        indexBytes.record(counts.bytes)
        for (gauge, count) in zip(tests, counts.tests) { gauge.record(count) }
    }

    /// What the log holds: events, and bytes of their envelopes.
    func show(logEvents events: Int, bytes: Int) {
        logEvents.record(events)
        logBytes.record(bytes)
    }
}
