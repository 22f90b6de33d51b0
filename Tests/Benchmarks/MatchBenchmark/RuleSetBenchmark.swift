import EventPattern
import PatternIndex

/// Matches all events against a rule set, and checks how many of them each pattern matches.
struct RuleSetBenchmark {
    let name: String
    let patterns: [EventPattern]
    /// The right counts, if they are known for these events.
    let expected: [Int]?

    /// How many events are matched one by one, to check the counts when none are known.
    private static let checkedEvents = 500

    init(_ set: RuleSet, eventCount: Int) throws {
        name = set.name
        patterns = try set.rules.map { try EventPattern($0.pattern) }
        expected = eventCount == RuleSet.eventCount ? set.rules.map(\.matches) : nil
    }

    func run(_ events: [[UInt8]], rounds: Int) throws -> String {
        let index = PatternIndex()
        let ids = patterns.map { index.insert($0) }
        var times: [Double] = []
        var counts: [Int] = []
        for round in 0...rounds {
            counts = Array(repeating: 0, count: patterns.count)
            let time = try Self.match(events, index, &counts)
            // The first round warms up.
            if round > 0 { times.append(Double(time) / Double(events.count)) }
        }
        let found = ids.map { counts[Int($0.rawValue)] }
        if let expected, found != expected { throw BenchmarkFault("\(name): matches \(found) instead of \(expected)") }
        if expected == nil { try check(events, index, ids) }
        let time = Measure.median(times)
        return """
            {"set":"\(name)","events_per_second":\(Int(1e9 / time)),"ns_per_event":\(Int(time)),\
            "matches":\(found.reduce(0, +))}
            """
    }

    private static func match(_ events: [[UInt8]], _ index: PatternIndex, _ counts: inout [Int]) throws -> Int {
        var ids: [PatternID] = []
        let start = Measure.nanoseconds()
        for event in events {
            ids.removeAll(keepingCapacity: true)
            try index.match(event.span, into: &ids)
            for id in ids { counts[Int(id.rawValue)] += 1 }
        }
        return Measure.nanoseconds() - start
    }

    private func check(_ events: [[UInt8]], _ index: PatternIndex, _ ids: [PatternID]) throws {
        for event in events.prefix(Self.checkedEvents) {
            var found: [PatternID] = []
            try index.match(event.span, into: &found)
            for (pattern, id) in zip(patterns, ids) where try pattern.matches(event) != found.contains(id) {
                throw BenchmarkFault("\(name): the index is wrong about \(pattern) on an event")
            }
        }
    }
}

/// A result that is not right: then its time means nothing.
public struct BenchmarkFault: Error, CustomStringConvertible {
    /// What is wrong.
    public let description: String

    init(_ description: String) { self.description = description }
}
