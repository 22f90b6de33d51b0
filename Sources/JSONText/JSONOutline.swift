/// The upper levels of an object as places in its text, read in one pass that validates everything: for texts whose
/// members' members are wanted, too, so that nothing is read twice.
package struct JSONOutline: Sendable {
    /// A member of an object or an element of an array.
    package struct Node: Sendable {
        /// The byte range of a member's name, with its quotes; empty for an element.
        package let name: Range<Int>
        /// Whether the name is written with escapes, so that its text is not its meaning.
        package let nameHasEscapes: Bool
        package let kind: JSONKind
        /// The byte range of the value, strings with their quotes.
        package fileprivate(set) var value: Range<Int>
        /// Whether the value is a string that is written with escapes.
        package fileprivate(set) var valueHasEscapes = false
        /// Whether the value is a container whose entries are nodes, those that follow this one.
        package let isOutlined: Bool
        /// The number of the first node behind this one that is not inside it.
        package fileprivate(set) var next = 0
    }

    /// The object's members in their order, each followed by what is inside it.
    package private(set) var nodes: ContiguousArray<Node> = []

    /// What most events have of members, and most requests of several events.
    private static let usualNodes = (oneLevel: 8, more: 64)

    /// - Parameters:
    ///   - levels: how many levels become nodes: 1 for the members of the object only.
    ///   - origin: the place of the text in the one that ranges are to be in. Places in errors are those in `bytes`.
    /// - Throws: the first fault; also when the value is not an object, or when text follows it.
    package init(_ bytes: Span<UInt8>, levels: Int = 1, origin: Int = 0) throws(JSONSyntaxError) {
        var tokenizer = JSONTokenizer()
        try JSONReader.expect(.objectStart, from: &tokenizer, in: bytes)
        nodes.reserveCapacity(levels == 1 ? Self.usualNodes.oneLevel : Self.usualNodes.more)
        try readEntries(&tokenizer, in: bytes, levels, origin)
        try tokenizer.expectEnd(in: bytes)
    }

    /// Reads to the end of the container that is open; recursion is as deep as there are levels.
    private mutating func readEntries(
        _ tokenizer: inout JSONTokenizer, in bytes: Span<UInt8>, _ levels: Int, _ origin: Int
    ) throws(JSONSyntaxError) {
        while var token = try tokenizer.next(in: bytes) {
            var name = 0..<0
            var nameHasEscapes = false
            if token == .name {
                name = origin + tokenizer.range.lowerBound..<origin + tokenizer.range.upperBound
                nameHasEscapes = tokenizer.hasEscapes
                guard let value = try tokenizer.next(in: bytes) else { return }
                token = value
            }
            guard let kind = token.kind else { return }
            let start = origin + tokenizer.range.lowerBound
            let place = nodes.count
            let isContainer = kind == .object || kind == .array
            nodes.append(
                Node(
                    name: name, nameHasEscapes: nameHasEscapes, kind: kind, value: start..<start,
                    isOutlined: isContainer && levels > 1))
            if isContainer, levels > 1 {
                try readEntries(&tokenizer, in: bytes, levels - 1, origin)
            } else {
                try tokenizer.finishValue(kind, in: bytes)
            }
            nodes[place].value = start..<origin + tokenizer.range.upperBound
            nodes[place].valueHasEscapes = kind == .string && tokenizer.hasEscapes
            nodes[place].next = nodes.count
        }
    }
}
