/// Measures the pattern index: the rule sets that Event Ruler is measured with, and many patterns of some shapes.
///
/// One thread, CPU time, median of the rounds after one to warm up. Each result is one JSON object on a line. A result
/// that is not right ends the run with a ``BenchmarkFault``.
public struct MatchBenchmark {
    /// A file of events, one JSON object a line, for the rule sets; nil for events made here.
    public var eventsPath: String?
    /// Whether to end within 40 seconds: fewer rounds, no more than 100,000 patterns.
    public var isQuick: Bool
    /// Whether to do the same small work each time: one round, 1,000 events, 5,000 patterns.
    public var isFixed = false
    /// Runs only sets and shapes whose name contains this, if given.
    public var filter: String?

    /// What to run.
    public init(eventsPath: String? = nil, isQuick: Bool = false, filter: String? = nil) {
        self.eventsPath = eventsPath
        self.isQuick = isQuick
        self.filter = filter
    }

    /// Runs what was asked for and hands each line to `report`.
    public func run(report: (String) -> Void) throws {
        try runRuleSets(report)
        try runShapes(report)
    }

    private func isWanted(_ name: String) -> Bool { filter.map(name.contains) ?? true }

    private func runRuleSets(_ report: (String) -> Void) throws {
        let sets = RuleSet.all.filter { isWanted($0.name) }
        if sets.isEmpty { return }
        var events: [[UInt8]]
        if let eventsPath {
            guard let lines = Measure.lines(of: eventsPath), !lines.isEmpty else {
                throw BenchmarkFault("no events in \(eventsPath)")
            }
            events = lines
        } else {
            events = LotEvents.make(isFixed ? 1_000 : isQuick ? 10_000 : 50_000)
        }
        let rounds = isFixed ? 1 : isQuick ? 3 : 5
        for set in sets { report(try RuleSetBenchmark(set, eventCount: events.count).run(events, rounds: rounds)) }
        events = []
    }

    private func runShapes(_ report: (String) -> Void) throws {
        let small = [1_000, 10_000, 100_000]
        var plan = (isQuick ? small : small + [1_000_000]).map { ShapeBenchmark(shape: .exact, count: $0) }
        for shape in [Shape.prefix, .suffix, .wildcard, .numeric, .anythingBut] {
            plan += (isQuick ? [10_000] : small).map { ShapeBenchmark(shape: shape, count: $0) }
        }
        plan.append(ShapeBenchmark(shape: .mixed, count: isFixed ? 5_000 : isQuick ? 20_000 : 100_000))
        for benchmark in plan where isWanted(benchmark.shape.name) {
            report(try benchmark.run(rounds: isFixed ? 1 : isQuick ? 5 : 25))
        }
    }
}
