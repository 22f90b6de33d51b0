import EventPattern
import ReferenceMatcher

/// Some hundred patterns to draw from, read once, of which now and then one is replaced by a new one. So patterns are
/// often drawn while an equal one is in the index, and sometimes in another spelling.
struct PatternPool {
    private struct Member {
        let spellings: [(pattern: EventPattern, reference: ReferenceMatcher)]
    }

    private var members: [Member] = []
    private static let size = 400
    /// A new pattern comes in once in so many drawings.
    private static let drawingsPerPattern = 4

    /// A pattern, and what it must match.
    mutating func draw(_ generator: inout ChangeGenerator) throws -> (EventPattern, ReferenceMatcher) {
        var place = generator.number(Self.size)
        if members.count < Self.size {
            place = members.count
            members.append(try Self.member(&generator))
        } else if generator.number(Self.drawingsPerPattern) == 0 {
            members[place] = try Self.member(&generator)
        }
        let spellings = members[place].spellings
        return spellings[generator.number(4) == 0 ? 1 : 0]
    }

    private static func member(_ generator: inout ChangeGenerator) throws -> Member {
        while true {
            let text = generator.pattern()
            // Some of what the generator makes is refused, such as a wildcard that is too complex.
            guard let pattern = try? EventPattern(text) else { continue }
            let canonical = pattern.canonicalText
            return Member(spellings: [
                (pattern, try ReferenceMatcher(Array(text.utf8))),
                (try EventPattern(canonical), try ReferenceMatcher(Array(canonical.utf8))),
            ])
        }
    }
}
