internal import JSONText

/// A leaf of an event.
struct ReferenceValue {
    enum Content {
        case string([UInt8])
        /// As it is written.
        case number(String)
        /// `true`, `false` or `null`.
        case word(String)
    }

    let path: [UInt8]
    let content: Content
    /// Per array around the leaf, the index of the container it is in.
    let membership: [Int: Int]
}

/// All leaves of an event.
enum ReferenceEvent {
    static func read(_ event: [UInt8]) throws(JSONSyntaxError) -> [ReferenceValue] {
        var reader = Reader(event: event)
        // Text after the object does not count.
        var tokenizer = JSONTokenizer()
        guard let first = try tokenizer.skipValue(in: event.span) else { return [] }
        try reader.read(first.kind, first.value, path: nil, membership: [:], inArray: false)
        return reader.values
    }

    private struct Reader {
        let event: [UInt8]
        var values: [ReferenceValue] = []
        var arrays = 0

        mutating func read(
            _ kind: JSONKind, _ range: Range<Int>, path: [UInt8]?, membership: [Int: Int], inArray: Bool
        ) throws(JSONSyntaxError) {
            let text = Array(event[range])
            switch kind {
            case .object:
                for member in try JSONReader.members(of: text) {
                    let below = path.map { $0 + Array(".".utf8) + member.name } ?? member.name
                    let value = range.lowerBound + member.value.lowerBound..<range.lowerBound + member.value.upperBound
                    try read(member.kind, value, path: below, membership: membership, inArray: false)
                }
            case .array:
                let array = arrays
                arrays += 1
                for (index, element) in try JSONReader.elements(of: text).enumerated() {
                    let value =
                        range.lowerBound + element.value.lowerBound..<range.lowerBound + element.value.upperBound
                    var inside = membership
                    if element.kind == .object || element.kind == .array { inside[array] = index }
                    try read(element.kind, value, path: path, membership: inside, inArray: true)
                }
            case .string: add(.string(JSONReader.unescape(text)), path, membership)
            case .number: add(.number(String(decoding: text, as: UTF8.self)), path, membership)
            case .true, .false, .null: add(.word(String(decoding: text, as: UTF8.self)), path, membership)
            }
        }

        private mutating func add(_ content: ReferenceValue.Content, _ path: [UInt8]?, _ membership: [Int: Int]) {
            values.append(ReferenceValue(path: path ?? [], content: content, membership: membership))
        }
    }
}
