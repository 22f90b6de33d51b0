internal import JSONText

extension Explanation {
    /// The explanation as one JSON object:
    /// `{"matched":…,"summary":…,"nodes":[…]}`, where a node is a leaf
    /// `{"path","jsonPath","matched","found":["…"],"foundCount","expected":["…"],"satisfied":[…],"cause"}`, an object
    /// `{"name","matched","nodes":[…]}`, or an or `{"matched","or":[{"matched","nodes":[…]},…]}`. Found and expected are
    /// the JSON texts of the values.
    public var json: [UInt8] {
        var object = JSONObjectWriter()
        object.add("matched", matched)
        if let summary { object.add("summary", summary) }
        object.add("nodes", json: Self.array(nodes.map(Self.text)))
        return object.line
    }

    private static func text(of node: Node) -> [UInt8] {
        var object = JSONObjectWriter()
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

    private static func text(of branch: Branch) -> [UInt8] {
        var object = JSONObjectWriter()
        object.add("matched", branch.matched)
        object.add("nodes", json: array(branch.nodes.map(text)))
        return object.line
    }

    private static func text(of leaf: Leaf) -> [UInt8] {
        var object = JSONObjectWriter()
        object.add("path", leaf.path)
        object.add("jsonPath", leaf.jsonPath)
        object.add("matched", leaf.matched)
        object.add("found", json: strings(leaf.found))
        object.add("foundCount", leaf.foundCount)
        object.add("expected", json: strings(leaf.expected))
        object.add("satisfied", json: array(leaf.satisfied.map { Array(($0 ? "true" : "false").utf8) }))
        if let cause = leaf.cause { object.add("cause", "\(cause)") }
        return object.line
    }

    private static func strings(_ texts: [String]) -> [UInt8] {
        array(
            texts.map { text in
                var json: [UInt8] = []
                JSONWriter.appendString(text.utf8, to: &json)
                return json
            })
    }

    private static func array(_ elements: [[UInt8]]) -> [UInt8] {
        Array("[".utf8) + elements.joined(separator: Array(",".utf8)) + Array("]".utf8)
    }
}
