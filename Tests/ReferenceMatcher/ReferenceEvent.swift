public import JSONText

/// A leaf of an event.
struct ReferenceValue {
    enum Content {
        case string([UInt8])
        /// As it is written, and its value if it can be compared.
        case number(String, ReferenceNumber?)
        /// `true`, `false` or `null`.
        case word(String)
    }

    let path: [UInt8]
    let content: Content
    /// Per array around the leaf, the index of the container it is in.
    let membership: [Int: Int]
}

/// An event, as the list of its leaves, by path. Read once, it can be put to many matchers.
public struct ReferenceEvent {
    let values: [[UInt8]: [ReferenceValue]]

    /// Reads the JSON text of an event. Text after the object does not count.
    public init(_ event: [UInt8]) throws(JSONSyntaxError) {
        var reader = Reader(event: event)
        var tokenizer = JSONTokenizer()
        if let first = try tokenizer.skipValue(in: event.span) {
            try reader.read(first.kind, first.value, path: nil, membership: [:])
        }
        values = Dictionary(grouping: reader.values, by: \.path)
    }

    private struct Reader {
        let event: [UInt8]
        var values: [ReferenceValue] = []
        var arrays = 0

        mutating func read(
            _ kind: JSONKind, _ range: Range<Int>, path: [UInt8]?, membership: [Int: Int]
        ) throws(JSONSyntaxError) {
            let text = Array(event[range])
            switch kind {
            case .object:
                for member in try JSONReader.members(of: text) {
                    let below = path.map { $0 + Array(".".utf8) + member.name } ?? member.name
                    let value = range.lowerBound + member.value.lowerBound..<range.lowerBound + member.value.upperBound
                    try read(member.kind, value, path: below, membership: membership)
                }
            case .array:
                let array = arrays
                arrays += 1
                for (index, element) in try JSONReader.elements(of: text).enumerated() {
                    let value =
                        range.lowerBound + element.value.lowerBound..<range.lowerBound + element.value.upperBound
                    var inside = membership
                    if element.kind == .object || element.kind == .array { inside[array] = index }
                    try read(element.kind, value, path: path, membership: inside)
                }
            case .string: add(.string(JSONReader.unescape(text)), path, membership)
            case .number:
                let spelling = String(decoding: text, as: UTF8.self)
                add(.number(spelling, ReferenceNumber(spelling)), path, membership)
            case .true, .false, .null: add(.word(String(decoding: text, as: UTF8.self)), path, membership)
            }
        }

        private mutating func add(_ content: ReferenceValue.Content, _ path: [UInt8]?, _ membership: [Int: Int]) {
            values.append(ReferenceValue(path: path ?? [], content: content, membership: membership))
        }
    }
}
