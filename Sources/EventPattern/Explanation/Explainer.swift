public import JSONText

extension EventPattern {
    /// Tells for every leaf of the pattern whether the event satisfies it, with which values, and why not.
    ///
    /// - Throws: the first fault of the event's JSON.
    /// - Complexity: a few passes over the event, more for misses: meant for people, not for every event.
    public func explain(_ event: [UInt8]) throws(JSONSyntaxError) -> Explanation {
        let matched = try matches(event)
        let outline = try EventOutline(event)
        // A field can have its value, but in another element of an array than the fields before it.
        let blamed = matched ? [] : try inconsistentPaths(in: event.span)
        let nodes = Explainer(pattern: self, outline: outline, blamed: blamed).explain(tree.nodes)
        return Explanation(matched: matched, nodes: nodes)
    }
}

/// Walks the tree of a pattern along an event.
struct Explainer {
    private let outline: EventOutline
    private let text: [UInt8]
    private let blamed: Set<[UInt8]>
    /// Offsets of leaves that a later one of the same path replaces.
    private let overridden: Set<Int>

    /// - Parameter blamed: paths whose values stand in the wrong element of an array.
    init(pattern: EventPattern, outline: EventOutline, blamed: Set<[UInt8]> = []) {
        self.outline = outline
        self.blamed = blamed
        text = Array(pattern.text.utf8)
        overridden = Self.overridden(in: pattern.tree.nodes)
    }

    func explain(_ nodes: [PatternTree.Node]) -> [Explanation.Node] {
        nodes.map { node in
            switch node {
            case .leaf(let leaf): return .leaf(explain(leaf))
            case .object(let object):
                let nodes = explain(object.nodes)
                return .object(
                    name: String(decoding: object.name, as: UTF8.self), matched: nodes.allSatisfy(\.matched),
                    nodes: nodes)
            case .or(let or):
                let branches = or.branches.map { nodes in
                    let nodes = explain(nodes)
                    return Explanation.Branch(matched: nodes.allSatisfy(\.matched), nodes: nodes)
                }
                return .or(matched: branches.contains(where: \.matched), branches: branches)
            }
        }
    }

    private func explain(_ leaf: PatternTree.Leaf) -> Explanation.Leaf {
        let values = outline.values[leaf.path] ?? []
        let satisfied = leaf.alternatives.map { isSatisfied($0.matcher, by: values) }
        let isOverridden = overridden.contains(leaf.place.offset)
        let isBlamed = blamed.contains(leaf.path)
        let cause: MissCause? =
            isOverridden
            ? .overridden
            : isBlamed
                ? .otherElement
                : satisfied.contains(true)
                    ? nil
                    : values.isEmpty
                        ? PathSuggestion(outline).cause(for: leaf.path)
                        : ValueComparison(leaf.alternatives.map(\.matcher), outline).cause(for: values)
        return Explanation.Leaf(
            path: String(decoding: leaf.path, as: UTF8.self), jsonPath: leaf.place.jsonPath,
            matched: isOverridden || (satisfied.contains(true) && !isBlamed),
            found: values.prefix(Explanation.foundMax).map(outline.text), foundCount: values.count,
            expected: leaf.alternatives.map { String(decoding: text[$0.range], as: UTF8.self) },
            satisfied: satisfied, cause: cause)
    }

    private func isSatisfied(_ matcher: ValueMatcher, by values: [EventOutline.Value]) -> Bool {
        // In an array, a field that some elements have may still be absent from the one that the other fields choose.
        if matcher.matchesAbsence { return values.isEmpty || values.allSatisfy(\.isInArray) }
        return values.contains { matcher.matches($0, in: outline) }
    }

    /// Plain fields that stand before another one of the same path.
    private static func overridden(in nodes: [PatternTree.Node]) -> Set<Int> {
        var last: [[UInt8]: Int] = [:]
        var overridden: Set<Int> = []
        func visit(_ nodes: [PatternTree.Node]) {
            for node in nodes {
                switch node {
                case .leaf(let leaf):
                    if let earlier = last.updateValue(leaf.place.offset, forKey: leaf.path) {
                        overridden.insert(earlier)
                    }
                case .object(let object): visit(object.nodes)
                case .or: break
                }
            }
        }
        visit(nodes)
        return overridden
    }
}

extension ValueMatcher {
    func matches(_ value: EventOutline.Value, in outline: EventOutline) -> Bool {
        let meaning = outline.meaning(of: value)
        let number = value.kind == .number ? ComparableNumber(meaning.span) : nil
        return matches(
            EventValue(
                kind: value.kind, number: number, range: 0..<meaning.count, isUnescaped: false, element: 0),
            meaning.span)
    }
}
