import EventPattern
import PatternIndex

/// Fills an index with patterns of one shape, matches events, and changes patterns one at a time.
///
/// What a pattern takes is told three times: `bytes_per_pattern` as the index counts its records itself;
/// `allocated_bytes_per_pattern` as the allocator counts what it gave out while the index was filled, and the kernel
/// what the index wrote to in ranges of its own (``Memory/allocatedBytes()``); `resident_bytes_per_pattern` as the
/// process grew, which the allocator rounds up and may satisfy from what it kept of earlier shapes. The second is the
/// one to compare with other engines. It is null where the allocator does not tell.
struct ShapeBenchmark {
    let shape: Shape
    let count: Int

    private static let eventCount = 1_000
    /// Changes of each sort, after the index is full.
    private static let changeCount = 20_000

    func run(rounds: Int) throws -> String {
        var ids: [PatternID] = []
        ids.reserveCapacity(count)
        let before = (resident: Memory.residentBytes(), allocated: Memory.allocatedBytes())
        let index = PatternIndex()
        var adding = Changes()
        // Patterns are read in groups beforehand, as reading them is not what is measured.
        for start in stride(from: 0, to: count, by: 1_000) {
            let patterns = try (start..<min(start + 1_000, count)).map { try EventPattern(shape.pattern($0)) }
            for pattern in patterns { adding.measure { ids.append(index.insert(pattern)) } }
        }
        let resident = Memory.residentBytes() - before.resident
        let allocated = Memory.allocatedBytes().flatMap { after in before.allocated.map { (after - $0) / count } }
        let bytes = index.statistics.bytes
        let matching = try match(index, ids, rounds: rounds)

        var random = RandomSource(seed: 7)
        var replacing = Changes()
        var removing = Changes()
        let changes = min(Self.changeCount, count)
        let fresh = try (0..<changes).map { try EventPattern(shape.pattern(count + $0)) }
        for pattern in fresh {
            let place = random.number(ids.count)
            replacing.measure { ids[place] = index.replace(ids[place], with: pattern) }
        }
        for _ in 0..<changes {
            let place = random.number(ids.count)
            let id = ids[place]
            ids[place] = ids[ids.count - 1]
            ids.removeLast()
            removing.measure { index.remove(id) }
        }
        let worst = max(adding.worst, replacing.worst, removing.worst)
        for id in ids { index.remove(id) }
        guard index.statistics.isEmpty else { throw BenchmarkFault("\(shape.name): patterns are left over") }
        return """
            {"shape":"\(shape.name)","patterns":\(count),"ns_per_event":\(Int(matching.time)),\
            "matches_per_event":\(Decimals.text(matching.matches)),"bytes_per_pattern":\(bytes / count),\
            "allocated_bytes_per_pattern":\(allocated.map(String.init) ?? "null"),\
            "resident_bytes_per_pattern":\(resident / count),"add_us":\(adding.mean),"replace_us":\(replacing.mean),\
            "remove_us":\(removing.mean),"worst_change_ms":\(Decimals.text(Double(worst) / 1e6))}
            """
    }

    private func match(
        _ index: PatternIndex, _ ids: [PatternID], rounds: Int
    ) throws -> (time: Double, matches: Double) {
        var random = RandomSource(seed: 1)
        let events = (0..<Self.eventCount).map { _ in Array(shape.event(count, &random).utf8) }
        var times: [Double] = []
        var found: [PatternID] = []
        var matches = 0
        for round in 0...rounds {
            matches = 0
            let start = Measure.nanoseconds()
            for event in events {
                found.removeAll(keepingCapacity: true)
                try index.match(event.span, into: &found)
                matches += found.count
            }
            if round > 0 { times.append(Double(Measure.nanoseconds() - start) / Double(events.count)) }
        }
        // Some of the answers are checked with patterns that are matched alone.
        for event in events.prefix(10) {
            found.removeAll()
            try index.match(event.span, into: &found)
            for number in stride(from: 0, to: count, by: max(count / 500, 1)) {
                let pattern = try EventPattern(shape.pattern(number))
                guard try pattern.matches(event) == found.contains(ids[number]) else {
                    throw BenchmarkFault("\(shape.name): the index is wrong about \(pattern)")
                }
            }
        }
        return (Measure.median(times), Double(matches) / Double(events.count))
    }
}

/// Times of changes of one sort.
private struct Changes {
    private var total = 0
    private var count = 0
    private(set) var worst = 0

    /// What asking for the time takes, which is taken off the mean.
    private static let overhead: Int = {
        let start = Measure.nanoseconds()
        for _ in 0..<1_000 { _ = Measure.nanoseconds() }
        return (Measure.nanoseconds() - start) / 1_000
    }()

    mutating func measure(_ change: () -> Void) {
        let start = Measure.nanoseconds()
        change()
        let time = Measure.nanoseconds() - start
        total += max(time - Self.overhead, 0)
        count += 1
        worst = max(worst, time)
    }

    /// Microseconds.
    var mean: String { Decimals.text(Double(total) / Double(max(count, 1)) / 1_000) }
}

/// Numbers with three digits behind the point.
enum Decimals {
    static func text(_ value: Double) -> String {
        let thousandths = Int((value * 1_000).rounded())
        let fraction = String(thousandths % 1_000 + 1_000).dropFirst()
        return "\(thousandths / 1_000).\(fraction)"
    }
}
