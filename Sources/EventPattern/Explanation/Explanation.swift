/// Why a pattern matches an event, or why it does not: the pattern's own tree, with an answer at every leaf.
public struct Explanation: Hashable, Sendable {
    /// Whether the pattern matches the event.
    public let matched: Bool
    /// The members of the pattern's object, in the order of its text.
    public let nodes: [Node]

    /// A member of the pattern.
    public indirect enum Node: Hashable, Sendable {
        /// A name with an array of alternatives.
        case leaf(Leaf)
        /// A name with an object, all of whose members must match.
        case object(name: String, matched: Bool, nodes: [Node])
        /// `$or`: objects of which at least one must match.
        case or(matched: Bool, branches: [Branch])

        /// Whether this part of the pattern is satisfied.
        public var matched: Bool {
            switch self {
            case .leaf(let leaf): leaf.matched
            case .object(_, let matched, _), .or(let matched, _): matched
            }
        }
    }

    /// One object below `$or`.
    public struct Branch: Hashable, Sendable {
        /// Whether all its members are satisfied.
        public let matched: Bool
        /// The members, in the order of the text.
        public let nodes: [Node]
    }

    /// One field of the pattern.
    public struct Leaf: Hashable, Sendable {
        /// The field's path in the event: its names joined with dots, `detail.state`.
        public let path: String
        /// Where it stands in the pattern: `$.detail.state`.
        public let jsonPath: String
        /// Whether a value of the event satisfies one of the alternatives.
        public let matched: Bool
        /// The JSON texts of the event's values at this path, at most ``Explanation/foundMax``; a long one is cut, and
        /// ends with `…`.
        public let found: [String]
        /// How many values the event has at this path.
        public let foundCount: Int
        /// The alternatives, as the pattern has them.
        public let expected: [String]
        /// Whether each alternative is satisfied, in the order of `expected`.
        public let satisfied: [Bool]
        /// For a miss, what is most likely behind it.
        public let cause: MissCause?

        /// The miss in one sentence, with the field's path.
        var sentence: String {
            guard let cause else { return path }
            guard cause == .valueDiffers, foundCount == 1, let value = found.first else { return "\(path): \(cause)" }
            let wanted = expected.count == 1 ? expected[0] : "one of " + expected.joined(separator: ", ")
            return "\(path): it is \(Self.shortened(value)), and the pattern wants \(Self.shortened(wanted))"
        }

        private static func shortened(_ text: String) -> String { text.count <= 80 ? text : text.prefix(79) + "…" }
    }

    /// How many of the values found are told for each leaf.
    public static let foundMax = 5

    /// All leaves, in the order of the text.
    public var leaves: [Leaf] { Self.leaves(of: nodes) }

    private static func leaves(of nodes: [Node]) -> [Leaf] {
        nodes.flatMap { node -> [Leaf] in
            switch node {
            case .leaf(let leaf): [leaf]
            case .object(_, _, let nodes): leaves(of: nodes)
            case .or(_, let branches): branches.flatMap { leaves(of: $0.nodes) }
            }
        }
    }
}

extension Explanation {
    /// The miss in one sentence: that of the first leaf that is to blame; nil when the pattern matches.
    public var summary: String? {
        guard !matched else { return nil }
        guard let leaf = Self.firstMiss(in: nodes) else { return "no combination of its fields holds" }
        return leaf.sentence
    }

    private static func firstMiss(in nodes: [Node]) -> Leaf? {
        for node in nodes where !node.matched {
            switch node {
            case .leaf(let leaf): return leaf
            case .object(_, _, let nodes): return firstMiss(in: nodes)
            case .or(_, let branches):
                // The branch that came closest says most.
                let closest = branches.max { Self.share(of: $0) < Self.share(of: $1) }
                return closest.flatMap { firstMiss(in: $0.nodes) }
            }
        }
        return nil
    }

    private static func share(of branch: Branch) -> Double {
        let leaves = leaves(of: branch.nodes)
        return Double(leaves.count { $0.matched }) / Double(max(leaves.count, 1))
    }
}
