/// The conjunctions a pattern multiplies out to, built while it is read: plain fields go into all of them, a later
/// field replaces an earlier one of the same path, and `$or` multiplies what there is so far by its branches (JRC:283).
/// So the order of members matters where a path occurs both in and beside an `$or`.
struct Expansion {
    /// One conjunction: per path, the leaf that counts.
    typealias Rule = [[UInt8]: Int]

    /// What has been read so far; empty before the first field.
    private(set) var rules: [Rule] = []
    /// The leaves in order, to which the rules refer.
    private(set) var leaves: [PatternTree.Leaf] = []
    /// What the branches of the open `$or`s have made so far, innermost last.
    private var collected: [[Rule]] = []
    /// How often a field was put into a conjunction: the measure of work and memory.
    private(set) var writes = 0

    /// The length of all leaves' paths together.
    private(set) var pathBytes = 0

    /// The most conjunctions that are held for one `$or`.
    var conjunctionCount: Int { max(rules.count, collected.last?.count ?? 0) }

    mutating func add(_ leaf: PatternTree.Leaf) {
        leaves.append(leaf)
        pathBytes += leaf.path.count
        if rules.isEmpty { rules.append([:]) }
        for index in rules.indices { rules[index][leaf.path] = leaves.count - 1 }
        writes += rules.count
    }

    /// Returns what stands before the `$or`.
    mutating func beginOr() -> [Rule] {
        collected.append([])
        return rules
    }

    mutating func beginBranch(from outside: [Rule]) {
        rules = outside.isEmpty ? [[:]] : outside
    }

    mutating func endBranch() {
        collected[collected.count - 1].append(contentsOf: rules)
        writes += rules.count
    }

    mutating func endOr() {
        rules = collected.removeLast()
    }
}
