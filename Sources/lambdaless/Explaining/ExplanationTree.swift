import EventPattern

/// An explanation as an indented tree for people.
struct ExplanationTree {
    let hasColour: Bool

    /// One line for each part of the pattern and one for each cause, the verdict first.
    func lines(of explanation: Explanation) -> [String] {
        [mark(explanation.matched) + (explanation.matched ? " match" : " no match")]
            + lines(of: explanation.nodes, parent: "", depth: 1)
    }

    private func lines(of nodes: [Explanation.Node], parent: String, depth: Int) -> [String] {
        nodes.flatMap { node in
            switch node {
            case .leaf(let leaf): lines(of: leaf, parent: parent, depth: depth)
            case .object(let name, let matched, let nodes):
                [indent(depth) + "\(mark(matched)) \(name)"]
                    + lines(of: nodes, parent: parent + name + ".", depth: depth + 1)
            case .or(let matched, let branches):
                [indent(depth) + "\(mark(matched)) one of"]
                    + branches.flatMap { branch in
                        [indent(depth + 1) + "\(mark(branch.matched)) all of"]
                            + lines(of: branch.nodes, parent: parent, depth: depth + 2)
                    }
            }
        }
    }

    private func lines(of leaf: Explanation.Leaf, parent: String, depth: Int) -> [String] {
        let name = leaf.path.hasPrefix(parent) ? String(leaf.path.dropFirst(parent.count)) : leaf.path
        let line = indent(depth) + "\(mark(leaf.matched)) \(name): \(found(leaf)), \(expectation(leaf))"
        guard let cause = leaf.cause else { return [line] }
        return [line, indent(depth + 2) + dimmed("\(cause)")]
    }

    private func found(_ leaf: Explanation.Leaf) -> String {
        if leaf.found.isEmpty { return "nothing there" }
        let rest = leaf.foundCount - leaf.found.count
        return leaf.found.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    private func expectation(_ leaf: Explanation.Leaf) -> String {
        if leaf.matched {
            let satisfied = zip(leaf.expected, leaf.satisfied).filter(\.1).map(\.0)
            return "which is " + (satisfied.isEmpty ? leaf.expected : satisfied).joined(separator: " and ")
        }
        return "expected " + leaf.expected.joined(separator: " or ")
    }

    private func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    private func mark(_ matched: Bool) -> String {
        let mark = matched ? "✓" : "✗"
        return hasColour ? "\u{1B}[\(matched ? 32 : 31)m\(mark)\u{1B}[0m" : mark
    }

    private func dimmed(_ text: String) -> String { hasColour ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
}
