internal import Broker
internal import JSONText

/// A JSON object where it lies in a text: the doors take from it what they know and pass the rest on untouched.
struct JSONObjectText {
    /// A value where it lies in the text.
    struct Value {
        let kind: JSONKind
        /// Its bytes in the text, strings with their quotes.
        let range: Range<Int>
    }

    private let text: [UInt8]
    /// The place of `start`, from which other places are counted.
    private let origin: TextPosition
    /// Where the object begins in the text.
    let start: Int
    private let members: [(name: [UInt8], value: Value)]

    /// - Parameters:
    ///   - range: where in the text the object lies; all of it for nil.
    ///   - origin: the place of the range's start, for the places in messages.
    /// - Throws: the first fault, with its place in the range; also when it is not an object.
    init(_ text: [UInt8], in range: Range<Int>? = nil, origin: TextPosition = TextPosition(line: 1, column: 1))
        throws(JSONSyntaxError)
    {
        let range = range ?? 0..<text.count
        let found = try JSONReader.members(of: text.span.extracting(range))
        self.text = text
        self.origin = origin
        start = range.lowerBound
        members = found.map { member in
            let value = range.lowerBound + member.value.lowerBound..<range.lowerBound + member.value.upperBound
            return (member.name, Value(kind: member.kind, range: value))
        }
    }

    /// The last member of this name; nil when there is none and when it is `null`.
    subscript(_ name: String) -> Value? {
        guard let value = members.last(where: { $0.name.elementsEqual(name.utf8) })?.value, value.kind != .null else {
            return nil
        }
        return value
    }

    /// All members, in order.
    var all: [(name: [UInt8], value: Value)] { members }

    /// The value as it is written.
    func bytes(of value: Value) -> [UInt8] { Array(text[value.range]) }

    /// The meaning of a string's text; halves of surrogate pairs become U+FFFD.
    func string(_ value: Value) -> String {
        String(decoding: stringBytes(value), as: UTF8.self)
    }

    /// The meaning of a string's text, as it is.
    func stringBytes(_ value: Value) -> [UInt8] {
        JSONReader.unescape(text.span.extracting(value.range))
    }

    /// The strings of an array; nil when it is no array of strings.
    func strings(_ value: Value) -> [String]? {
        guard let elements = elements(value) else { return nil }
        var strings: [String] = []
        for element in elements {
            guard element.kind == .string else { return nil }
            strings.append(string(element))
        }
        return strings
    }

    /// The elements of an array; nil when it is none.
    func elements(_ value: Value) -> [Value]? {
        guard value.kind == .array, let found = try? JSONReader.elements(of: text.span.extracting(value.range)) else {
            return nil
        }
        return found.map { element in
            let start = value.range.lowerBound
            return Value(kind: element.kind, range: start + element.value.lowerBound..<start + element.value.upperBound)
        }
    }

    /// A time: a number of seconds since 1970 or RFC 3339 text. Milliseconds since 1970; nil for what is none.
    func time(_ value: Value) -> Int64? {
        switch value.kind {
        case .string: return RFC3339.milliseconds(string(value))
        case .number:
            guard let seconds = Double(String(decoding: text[value.range], as: UTF8.self)) else { return nil }
            // Numbers beyond the range of times are beyond that of Int64, too.
            let milliseconds = (seconds * 1_000).rounded()
            guard milliseconds >= Double(RFC3339.range.lowerBound), milliseconds <= Double(RFC3339.range.upperBound)
            else { return nil }
            return Int64(milliseconds)
        default: return nil
        }
    }

    /// `a string (line 3, column 7)`: what a value is and where it stands.
    func description(of value: Value) -> String { "\(value.kind.words) (\(place(value.range.lowerBound)))" }

    /// `line 3, column 7`.
    func place(_ offset: Int) -> String {
        let position = origin.advanced(over: text.span.extracting(start..<max(start, offset)))
        return "line \(position.line), column \(position.column)"
    }
}

extension JSONKind {
    /// "an object", "a string", "null".
    var words: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .true, .false: "a boolean"
        case .null: "null"
        }
    }
}
