/// How many prefixes of wildcard patterns on one field an input can keep alive at once (MachineComplexityEvaluator.java).
///
/// A prefix is a literal byte of a pattern with all before it, or a star: `*` keeps 2 alive (itself, and what follows
/// it), `*a*b*` 4, `*aa*aa*` 7. AWS refuses patterns above a limit: their automata grow exponentially.
struct WildcardComplexity {
    /// The prefixes, as a trie: the patterns of one `anything-but` list share theirs.
    private var nodes: [Node] = []
    private var roots: [Int] = []

    private struct Node {
        /// A star stays alive whatever comes.
        let isStar: Bool
        var next: [UInt8: Int] = [:]
        var star: Int?
    }

    /// Adds the wildcards of one matcher.
    mutating func add(_ wildcards: [Wildcard]) {
        let root = append(isStar: false)
        roots.append(root)
        for wildcard in wildcards {
            var node = root
            for (index, part) in wildcard.parts.enumerated() {
                if index > 0 { node = star(after: node) }
                // The closing quote is part of what Ruler compares.
                let isLast = index == wildcard.parts.count - 1
                for byte in isLast ? part + [UInt8(ascii: "\"")] : part { node = literal(byte, after: node) }
            }
        }
    }

    private mutating func append(isStar: Bool) -> Int {
        nodes.append(Node(isStar: isStar))
        return nodes.count - 1
    }

    private mutating func star(after node: Int) -> Int {
        if let star = nodes[node].star { return star }
        let star = append(isStar: true)
        nodes[node].star = star
        return star
    }

    private mutating func literal(_ byte: UInt8, after node: Int) -> Int {
        if let next = nodes[node].next[byte] { return next }
        let next = append(isStar: false)
        nodes[node].next[byte] = next
        return next
    }

    /// Whether some input keeps `limit` prefixes alive.
    ///
    /// - Parameter budget: how many sets of prefixes that inputs can keep alive may still be gone through. When it is
    ///   spent, the answer is yes.
    func reaches(_ limit: Int, budget: inout Int) -> Bool {
        guard nodes.count >= limit else { return false }
        let start = closure(of: roots)
        var seen: Set<[Int]> = [start]
        var open = [start]
        while let alive = open.popLast() {
            budget -= 1
            if alive.count >= limit || budget < 0 { return true }
            var bytes: Set<UInt8> = []
            for node in alive { bytes.formUnion(nodes[node].next.keys) }
            for byte in bytes {
                let next = closure(of: alive.compactMap { nodes[$0].next[byte] } + alive.filter { nodes[$0].isStar })
                if !next.isEmpty, seen.insert(next).inserted { open.append(next) }
            }
            let rest = alive.filter { nodes[$0].isStar }
            if !rest.isEmpty, seen.insert(rest).inserted { open.append(rest) }
        }
        return false
    }

    /// The nodes with the stars that follow them, which need no input.
    private func closure(of alive: [Int]) -> [Int] {
        var closed = Set(alive)
        for node in alive {
            if let star = nodes[node].star { closed.insert(star) }
        }
        return closed.sorted()
    }
}

extension ValueMatcher {
    /// The wildcards this alternative consists of.
    var wildcards: [Wildcard] {
        switch self {
        case .wildcard(let wildcard): [wildcard]
        case .anythingBut(.wildcards(let wildcards)): wildcards
        default: []
        }
    }
}
