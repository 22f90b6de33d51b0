import EventPattern

/// An explanation as one JSON object:
/// `{"matched":…,"summary":…,"nodes":[…]}`, where a node is a leaf
/// `{"path","jsonPath","matched","found":[…],"foundCount","expected":[…],"satisfied":[…],"cause"}`, an object
/// `{"name","matched","nodes":[…]}`, or an or `{"or":[{"matched","nodes":[…]},…],"matched"}`.
enum ExplanationJSON {
    static func text(of explanation: Explanation) -> [UInt8] {
        var object = JSONObjectText()
        object.add("matched", explanation.matched)
        if let summary = explanation.summary { object.add("summary", summary) }
        object.add("nodes", json: array(explanation.nodes.map(text)))
        return object.line
    }

    private static func text(of node: Explanation.Node) -> [UInt8] {
        var object = JSONObjectText()
        switch node {
        case .leaf(let leaf): return text(of: leaf)
        case .object(let name, let matched, let nodes):
            object.add("name", name)
            object.add("matched", matched)
            object.add("nodes", json: array(nodes.map(text)))
        case .or(let matched, let branches):
            object.add("matched", matched)
            object.add("or", json: array(branches.map(text)))
        }
        return object.line
    }

    private static func text(of branch: Explanation.Branch) -> [UInt8] {
        var object = JSONObjectText()
        object.add("matched", branch.matched)
        object.add("nodes", json: array(branch.nodes.map(text)))
        return object.line
    }

    private static func text(of leaf: Explanation.Leaf) -> [UInt8] {
        var object = JSONObjectText()
        object.add("path", leaf.path)
        object.add("jsonPath", leaf.jsonPath)
        object.add("matched", leaf.matched)
        object.add("found", json: array(leaf.found.map { Array($0.utf8) }))
        object.add("foundCount", leaf.foundCount)
        object.add("expected", json: array(leaf.expected.map { Array($0.utf8) }))
        object.add("satisfied", json: array(leaf.satisfied.map { Array(($0 ? "true" : "false").utf8) }))
        if let cause = leaf.cause { object.add("cause", "\(cause)") }
        return object.line
    }

    private static func array(_ elements: [[UInt8]]) -> [UInt8] {
        Array("[".utf8) + elements.joined(separator: Array(",".utf8)) + Array("]".utf8)
    }
}
