internal import JSONText

/// All fields of an event by path: what there is, where a pattern looks in vain.
struct EventOutline {
    struct Value {
        let kind: JSONKind
        /// The JSON text, a string with its quotes.
        let range: Range<Int>
        /// Whether it stands in an element of an array.
        let isInArray: Bool
    }

    /// The leaf values of each path, in the order of the text.
    private(set) var values: [[UInt8]: [Value]] = [:]
    /// The paths of objects, each with the path of its first field.
    private(set) var objects: [[UInt8]: [UInt8]?] = [:]
    /// The paths of arrays.
    private(set) var arrays: Set<[UInt8]> = []
    /// All paths, in the order of their first appearance.
    private(set) var paths: [[UInt8]] = []
    let event: [UInt8]

    /// Longer paths are left out: they are nobody's field, and a few long names above many fields would fill the memory.
    private static let pathBytesMax = 4_096

    private struct Frame {
        let path: [UInt8]
        /// Whether it is an array or stands in one.
        let isInArray: Bool
    }

    /// - Throws: the first fault in the text; `Event must be a JSON object` for another value. Text after the object is
    ///   ignored, as in matching.
    init(_ event: [UInt8]) throws(JSONSyntaxError) {
        self.event = event
        // The verdict on the text is that of matching.
        _ = try EventValues(of: event.span, paths: PathTable(), pathCount: 0)
        var tokenizer = JSONTokenizer()
        _ = try tokenizer.next(in: event.span)
        var frames = [Frame(path: [], isInArray: false)]
        while let frame = frames.last, var token = try tokenizer.next(in: event.span) {
            var path = frame.path
            if token == .name {
                guard frame.path.count + tokenizer.range.count <= Self.pathBytesMax else {
                    _ = try tokenizer.skipValue(in: event.span)
                    continue
                }
                path = Self.join(frame.path, JSONReader.unescape(event.span.extracting(tokenizer.range)))
                guard let value = try tokenizer.next(in: event.span) else { return }
                token = value
                if objects[frame.path] == .some(.none) { objects[frame.path] = .some(path) }
            }
            switch token {
            case .objectEnd, .arrayEnd: frames.removeLast()
            case .objectStart:
                note(path)
                if objects[path] == nil { objects[path] = .some(nil) }
                frames.append(Frame(path: path, isInArray: frame.isInArray))
            case .arrayStart:
                arrays.insert(path)
                frames.append(Frame(path: path, isInArray: true))
            case .name: break
            case .string, .number, .true, .false, .null:
                try tokenizer.finishString(in: event.span)
                note(path)
                guard let kind = token.kind else { continue }
                values[path, default: []].append(
                    Value(kind: kind, range: tokenizer.range, isInArray: frame.isInArray))
            }
        }
    }

    private mutating func note(_ path: [UInt8]) {
        if values[path] == nil, objects[path] == nil { paths.append(path) }
    }

    private static func join(_ path: [UInt8], _ name: [UInt8]) -> [UInt8] {
        path.isEmpty ? name : path + [UInt8(ascii: ".")] + name
    }

    /// The JSON text of a value, cut where it is very long.
    func text(of value: Value) -> String {
        guard value.range.count > Self.valueBytesMax else { return String(decoding: event[value.range], as: UTF8.self) }
        return String(decoding: event[value.range].prefix(Self.valueBytesMax), as: UTF8.self) + "…"
    }

    private static let valueBytesMax = 400

    /// A string's meaning, a number's spelling.
    func meaning(of value: Value) -> [UInt8] {
        value.kind == .string ? JSONReader.unescape(event.span.extracting(value.range)) : Array(event[value.range])
    }
}
