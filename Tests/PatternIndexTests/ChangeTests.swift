import EventPattern
import Foundation
import PatternIndex
import ReferenceMatcher
import Testing

private let environment = ProcessInfo.processInfo.environment

@Suite("Patterns that come and go")
struct ChangeTests {
    /// What an index should hold: one entry per insertion.
    private struct Entry {
        let id: PatternID
        let pattern: EventPattern
        let reference: ReferenceMatcher
    }

    @Test("After any changes an event matches what the reference matchers say")
    func changes() throws {
        let seed = environment["LAMBDALESS_SEED"].flatMap(UInt64.init) ?? .random(in: 1...UInt64.max)
        let steps = environment["LAMBDALESS_STEPS"].flatMap(Int.init) ?? 2_000
        var generator = ChangeGenerator(seed: seed)
        let index = PatternIndex()
        var entries: [Entry] = []
        for step in 0..<steps {
            let target = step / 500 % 3 == 2 ? 5 : 60
            switch generator.number(10) {
            case 0..<4 where entries.count < target * 2:
                if let entry = try insert(into: index, &generator) { entries.append(entry) }
            case 0..<7 where entries.count > target / 2:
                let place = generator.number(entries.count)
                let old = entries.remove(at: place)
                if generator.number(2) == 0 {
                    index.remove(old.id)
                } else {
                    let text = generator.pattern()
                    guard let pattern = try? EventPattern(text) else {
                        index.remove(old.id)
                        break
                    }
                    let id = index.replace(old.id, with: pattern)
                    entries.append(Entry(id: id, pattern: pattern, reference: try ReferenceMatcher(Array(text.utf8))))
                }
            default:
                let event = Array(generator.event().utf8)
                var ids: [PatternID] = []
                try index.match(event, into: &ids)
                let expected = try Set(entries.filter { try $0.reference.matches(event) }.map(\.id))
                guard ids == expected.sorted() else {
                    let wrong = Set(ids).symmetricDifference(expected).sorted()
                    let texts = wrong.map { index.pattern($0)?.text ?? "gone" }
                    Issue.record("seed \(seed), step \(step): \(texts) on \(String(decoding: event, as: UTF8.self))")
                    return
                }
            }
            let isCounted = step % 50 > 0 || index.statistics.distinct == Set(entries.map(\.pattern)).count
            guard isCounted, index.statistics.patterns == entries.count else {
                Issue.record("seed \(seed), step \(step): \(index.statistics) for \(entries.count) entries")
                return
            }
        }
        for entry in entries {
            #expect(index.pattern(entry.id) == entry.pattern, "seed \(seed)")
            index.remove(entry.id)
        }
        #expect(index.statistics.isEmpty, "seed \(seed): \(index.statistics)")
    }

    private func insert(into index: PatternIndex, _ generator: inout ChangeGenerator) throws -> Entry? {
        let text = generator.pattern()
        // Some of what the generator makes is refused, such as a wildcard that is too complex.
        guard let pattern = try? EventPattern(text) else { return nil }
        return Entry(id: index.insert(pattern), pattern: pattern, reference: try ReferenceMatcher(Array(text.utf8)))
    }
}
