import EventPattern
import Foundation
import PatternIndex
import Testing

private let environment = ProcessInfo.processInfo.environment

@Suite("Counts of the index")
struct CountsTests {
    /// The tests of `counts` by kind, without the kinds of which there is none, as `statistics` tells them.
    private func tests(_ counts: PatternIndex.Counts) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: zip(PatternIndex.testKinds, counts.tests).filter { $0.1 != 0 })
    }

    @Test("After any change the counts are what the statistics find when they look at every test")
    func recounted() throws {
        let seed = environment["LAMBDALESS_SEED"].flatMap(UInt64.init) ?? .random(in: 1...UInt64.max)
        var generator = ChangeGenerator(seed: seed)
        let index = PatternIndex()
        var ids: [PatternID] = []
        func check(_ step: Int) -> Bool {
            let counts = index.counts
            let statistics = index.statistics
            let isEqual =
                counts.patterns == statistics.patterns && counts.distinct == statistics.distinct
                && counts.conjunctions == statistics.conjunctions && counts.fields == statistics.fields
                && counts.bytes == statistics.bytes && tests(counts) == statistics.tests
            if !isEqual { Issue.record("seed \(seed), step \(step): \(counts) but \(statistics)") }
            return isEqual
        }
        for step in 0..<600 {
            // Grows to some dozen patterns and shrinks again, so that wildcards move and kinds come and go.
            if ids.isEmpty || generator.number(10) < (step / 150 % 2 == 0 ? 7 : 3) {
                guard let pattern = try? EventPattern(generator.pattern()) else { continue }
                ids.append(index.insert(pattern))
            } else {
                let place = generator.number(ids.count)
                ids.swapAt(place, ids.count - 1)
                index.remove(ids.removeLast())
            }
            guard check(step) else { return }
        }
        for id in ids { index.remove(id) }
        #expect(index.counts.tests == PatternIndex.testKinds.map { _ in 0 }, "seed \(seed)")
        #expect(index.statistics.isEmpty, "seed \(seed): \(index.statistics)")
    }

    @Test(
        "A test is counted under its kind",
        arguments: [
            (#"["x"]"#, ["string": 1]), (#"[1]"#, ["number": 1]), (#"[1e400]"#, ["spelling": 1]),
            (#"[true,false]"#, ["true": 1, "false": 1, "anyOf": 1]), (#"[null]"#, ["null": 1]),
            (#"["10.0.0.1"]"#, ["address": 1]), (#"[{"cidr":"10.0.0.0/8"}]"#, ["block": 1]),
            (#"[{"prefix":"x"}]"#, ["prefix": 1]), (#"[{"suffix":"x"}]"#, ["suffix": 1]),
            (#"[{"equals-ignore-case":"x"}]"#, ["folded": 1]), (#"[{"equals-ignore-case":"ä"}]"#, ["casedText": 1]),
            (#"[{"prefix":{"equals-ignore-case":"x"}}]"#, ["foldedPrefix": 1]),
            (#"[{"prefix":{"equals-ignore-case":"ä"}}]"#, ["casedPrefix": 1]),
            (#"[{"suffix":{"equals-ignore-case":"x"}}]"#, ["foldedSuffix": 1]),
            (#"[{"suffix":{"equals-ignore-case":"ä"}}]"#, ["casedSuffix": 1]),
            (#"[{"wildcard":"x*"}]"#, ["wildcard": 1, "startPiece": 1]),
            (#"[{"wildcard":"*x"}]"#, ["wildcard": 1, "endPiece": 1]),
            (#"[{"wildcard":"*x*"}]"#, ["wildcard": 1, "innerPiece": 1]),
            (#"[{"numeric":["<",1]}]"#, ["range": 1]),
            (#"[{"anything-but":["x","y"]}]"#, ["exclusion": 1, "excludedString": 2]),
            (#"[{"anything-but":1}]"#, ["exclusion": 1, "excludedNumber": 1]),
            (#"[{"anything-but":{"prefix":"x"}}]"#, ["exclusion": 1]),
            (#"[{"exists":true}]"#, ["exists": 1]), (#"[{"exists":false}]"#, ["absent": 1]),
        ] as [(String, [String: Int])])
    func kinds(field: String, expected: [String: Int]) throws {
        let index = PatternIndex()
        let id = index.insert(try EventPattern(#"{"a":\#(field)}"#))
        #expect(tests(index.counts) == expected)
        #expect(index.statistics.tests == expected)
        // An equal test of another pattern is the same one.
        let other = index.insert(try EventPattern(#"{"a":\#(field),"b":["y"]}"#))
        #expect(tests(index.counts) == expected.merging(["string": 1], uniquingKeysWith: +))
        index.remove(id)
        index.remove(other)
        #expect(tests(index.counts).isEmpty)
    }

    @Test("Bytes per pattern count equal patterns once")
    func bytesPerPattern() throws {
        let index = PatternIndex()
        #expect(index.statistics.bytesPerDistinctPattern == nil)
        for name in ["x", "y", "x", "x"] { _ = index.insert(try EventPattern(#"{"a":["\#(name)"]}"#)) }
        #expect(index.statistics.bytesPerDistinctPattern == (index.statistics.bytes + 1) / 2)
    }
}
