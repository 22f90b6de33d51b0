package import JSONText

/// The values of an event at the paths somebody asks for, each with its place in arrays.
///
/// Arrays are flattened: their elements have the path of the array. An element that is an object or an array makes a
/// place of its own; two values may be used together only if no array has them in different elements (array
/// consistency, ArrayMembership.java:72). A scalar directly in an array belongs to no element of it.
package struct EventValues: Sendable {
    /// An object or array that is an element of an array.
    package struct Element: Sendable {
        /// The array, numbered in the order of the text.
        package let array: Int
        /// The element around that array; 0 for none.
        package let parent: Int
    }

    /// The values of each path, by its id. Empty for a path with none.
    package private(set) var values: [[EventValue]]
    /// Element 0 stands for "in no array" and is its own parent.
    package private(set) var elements = [Element(array: -1, parent: 0)]
    /// Ids of the paths that have values, in order of their first.
    package private(set) var presentPaths: [Int] = []
    /// Texts of strings that have escapes.
    package private(set) var unescaped: [UInt8] = []
    private var arrayCount = 0

    /// Reads an event.
    ///
    /// - Parameters:
    ///   - event: its bytes. What follows the object is ignored, as EventBridge does.
    ///   - pathCount: one more than the largest id in `paths`.
    /// - Throws: the first fault, also in parts that nobody asks about; `Event must be a JSON object` for anything else.
    /// - Complexity: one pass, no recursion.
    package init(of event: Span<UInt8>, paths: PathTable, pathCount: Int) throws(JSONSyntaxError) {
        values = Array(repeating: [], count: pathCount)
        var tokenizer = JSONTokenizer()
        guard try tokenizer.next(in: event) == .objectStart else {
            let position = TextPosition(of: tokenizer.offset, in: event)
            throw JSONSyntaxError(
                message: "Event must be a JSON object", line: position.line, column: position.column,
                offset: tokenizer.offset)
        }
        var scan = Scan(frames: [Scan.Frame(names: PathTable.root, array: nil, element: 0)])
        while let frame = scan.frames.last {
            guard var token = try tokenizer.next(in: event) else { return }
            var node = frame.names
            if token == .name {
                let name = descend(frame.names, tokenizer, event, paths)
                guard let name else {
                    _ = try tokenizer.skipValue(in: event)
                    continue
                }
                guard let value = try tokenizer.next(in: event) else { return }
                (token, node) = (value, name)
            }
            switch token {
            case .objectEnd, .arrayEnd:
                scan.frames.removeLast()
            case .objectStart, .arrayStart:
                let element = element(in: frame)
                if token == .arrayStart {
                    scan.frames.append(Scan.Frame(names: node, array: arrayCount, element: element))
                    arrayCount += 1
                } else if let names = paths.enterObject(node) {
                    scan.frames.append(Scan.Frame(names: names, array: nil, element: element))
                } else {
                    let outside = tokenizer.depth - 1
                    while tokenizer.depth > outside { _ = try tokenizer.next(in: event) }
                }
            case .string, .number, .true, .false, .null:
                try tokenizer.finishString(in: event)
                if let path = paths.pathID(node), let kind = token.kind {
                    append(kind, tokenizer, event, path: path, element: frame.element)
                }
            case .name: break
            }
        }
    }

    /// The bytes of a value's text, given the event it comes from.
    package func withText<Result>(
        of value: EventValue, in event: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result {
        body(value.isUnescaped ? unescaped.span.extracting(value.range) : event.extracting(value.range))
    }

    /// `element` and the elements around it, innermost first; empty for 0.
    package func ancestors(of element: Int) -> [Int] {
        var chain: [Int] = []
        var element = element
        while element != 0 {
            chain.append(element)
            element = elements[element].parent
        }
        return chain
    }

    /// What is open while scanning.
    private struct Scan {
        struct Frame {
            /// In an object, where member names start; in an array, where the array itself is.
            let names: PathTable.Node
            /// The number of the array; nil for an object.
            let array: Int?
            /// The innermost array element that this container is or stands in.
            let element: Int
        }
        var frames: [Frame]
    }

    /// The element that a container directly in `frame` belongs to: a new one when `frame` is an array.
    private mutating func element(in frame: Scan.Frame) -> Int {
        guard let array = frame.array else { return frame.element }
        elements.append(Element(array: array, parent: frame.element))
        return elements.count - 1
    }

    private func descend(
        _ node: PathTable.Node, _ tokenizer: JSONTokenizer, _ event: Span<UInt8>, _ paths: PathTable
    ) -> PathTable.Node? {
        guard tokenizer.hasEscapes else { return paths.descend(node, event.extracting(tokenizer.body)) }
        return paths.descend(node, JSONReader.unescape(event.extracting(tokenizer.range)).span)
    }

    private mutating func append(
        _ kind: JSONKind, _ tokenizer: JSONTokenizer, _ event: Span<UInt8>, path: Int, element: Int
    ) {
        var range = tokenizer.range
        var isUnescaped = false
        var number: ComparableNumber?
        if kind == .string {
            range = tokenizer.body
            if tokenizer.hasEscapes {
                let start = unescaped.count
                JSONString.appendUnescaped(event.extracting(range), to: &unescaped)
                range = start..<unescaped.count
                isUnescaped = true
            }
        } else if kind == .number {
            number = ComparableNumber(event.extracting(range))
        }
        if values[path].isEmpty { presentPaths.append(path) }
        values[path].append(
            EventValue(kind: kind, number: number, range: range, isUnescaped: isUnescaped, element: element))
    }
}
