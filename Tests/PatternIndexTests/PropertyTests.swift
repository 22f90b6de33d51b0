import EventPattern
import Foundation
import PatternIndex
import ReferenceMatcher
import Testing

/// How often properties are tried; `LAMBDALESS_ROUNDS` asks for more.
private let rounds = ProcessInfo.processInfo.environment["LAMBDALESS_ROUNDS"].flatMap { Int($0) } ?? 8
private let seed = UInt64.random(in: 0..<1 << 32)

/// The next random pattern within the limits: wildcards that are too complex together, or too many combinations of
/// `$or`, are all that a generated one can be refused for.
private func acceptedPattern(_ generator: inout PatternGenerator) throws -> (text: String, pattern: EventPattern) {
    while true {
        let text = generator.pattern()
        do throws(EventPatternError) {
            return (text, try EventPattern(text))
        } catch {
            let limits = ["Rule is too complex", "The $or relationships multiply to more than"]
            guard limits.contains(where: error.summary.hasPrefix) else { throw error }
        }
    }
}

@Suite("Properties of the index")
struct PropertyTests {
    @Test("The index and the reference matcher agree on random patterns and events", arguments: 0..<rounds)
    func indexAgreesWithReference(round: Int) throws {
        let seed = seed &+ UInt64(round)
        var generator = PatternGenerator(seed: seed)
        let index = PatternIndex()
        var patterns: [(text: String, id: PatternID, reference: ReferenceMatcher)] = []
        for _ in 0..<40 {
            let (text, pattern) = try acceptedPattern(&generator)
            patterns.append((text, index.insert(pattern), try ReferenceMatcher(Array(text.utf8))))
        }
        var matches = 0
        var failures: [String] = []
        for _ in 0..<40 {
            let event = generator.event()
            let bytes = Array(event.utf8)
            var ids: [PatternID] = []
            try index.match(bytes, into: &ids)
            if ids != Set(ids).sorted() { failures.append("\(ids)") }
            let reading = try ReferenceEvent(bytes)
            for (text, id, reference) in patterns {
                let expected = reference.matches(reading)
                if expected { matches += 1 }
                if ids.contains(id) != expected { failures.append("\(text) on \(event) in the index") }
                let alone = try index.pattern(id)?.matches(bytes)
                if alone != expected { failures.append("\(text) on \(event) alone") }
            }
        }
        #expect(failures.isEmpty, "seed \(seed)")
        #expect(matches > 0, "seed \(seed): no pattern ever matched, the test says nothing")
    }

    @Test("An index after random changes answers like a new one", arguments: 0..<rounds)
    func changesLeaveNothingBehind(round: Int) throws {
        let seed = seed &+ UInt64(round)
        var random = SeededGenerator(seed: seed)
        var generator = PatternGenerator(seed: seed)
        let index = PatternIndex()
        var live: [PatternID] = []
        for _ in 0..<200 {
            let (_, pattern) = try acceptedPattern(&generator)
            switch live.isEmpty ? 0 : Int.random(in: 0..<3, using: &random) {
            case 0: live.append(index.insert(pattern))
            case 1: index.remove(live.remove(at: Int.random(in: live.indices, using: &random)))
            default:
                let place = Int.random(in: live.indices, using: &random)
                live[place] = index.replace(live[place], with: pattern)
            }
        }
        #expect(index.statistics.patterns == live.count, "seed \(seed)")
        #expect(index.statistics.distinct == Set(live).count, "seed \(seed)")
        let fresh = PatternIndex()
        var twins: [PatternID: PatternID] = [:]
        for id in Set(live) { twins[id] = fresh.insert(try #require(index.pattern(id))) }
        for _ in 0..<40 {
            let event = Array(generator.event().utf8)
            var changed: [PatternID] = []
            var new: [PatternID] = []
            try index.match(event, into: &changed)
            try fresh.match(event, into: &new)
            #expect(Set(changed.compactMap { twins[$0] }) == Set(new), "seed \(seed)")
            #expect(changed.count == new.count, "seed \(seed)")
        }
    }

    @Test("The canonical text of a pattern is a pattern equal to it, and matches the same", arguments: 0..<rounds)
    func canonicalTextReadsBack(round: Int) throws {
        let seed = seed &+ UInt64(round)
        var generator = PatternGenerator(seed: seed)
        for _ in 0..<50 {
            let (text, pattern) = try acceptedPattern(&generator)
            let canonical = try EventPattern(pattern.canonicalText)
            #expect(canonical == pattern, "seed \(seed): \(text) became \(pattern.canonicalText)")
            #expect(canonical.hashValue == pattern.hashValue, "seed \(seed): \(text)")
            #expect(canonical.canonicalText == pattern.canonicalText, "seed \(seed): \(text)")
            let reference = try ReferenceMatcher(Array(pattern.canonicalText.utf8))
            for _ in 0..<5 {
                let event = Array(generator.event().utf8)
                #expect(try reference.matches(event) == pattern.matches(event), "seed \(seed): \(text)")
            }
        }
    }
}
