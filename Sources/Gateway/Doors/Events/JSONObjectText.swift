internal import Broker
internal import JSONText

/// A JSON object where it lies in a text: the doors take from it what they know and pass the rest on untouched.
struct JSONObjectText {
    /// A value where it lies in the text.
    struct Value {
        let kind: JSONKind
        /// Its bytes in the text, strings with their quotes.
        let range: Range<Int>
        /// Whether it may be a string that is written with escapes, so that its text is not its meaning.
        var mayHaveEscapes = true
    }

    private struct Member {
        /// The bytes between the quotes.
        let name: Range<Int>
        let nameHasEscapes: Bool
        let value: Value
    }

    private let text: [UInt8]
    /// The place of `start`, from which other places are counted; nil to count from the start of the text.
    private let origin: TextPosition?
    /// Where the object begins in the text.
    let start: Int
    private let members: [Member]

    /// Most events have fewer members.
    private static let usualMembers = 8

    /// - Parameters:
    ///   - range: where in the text the object lies; all of it for nil.
    ///   - origin: the place of the range's start, for the places in messages; nil when messages are to tell the place in
    ///     the whole text, which then costs a walk from its start.
    /// - Throws: the first fault, with its place in the range; also when it is not an object.
    init(_ text: [UInt8], in range: Range<Int>? = nil, origin: TextPosition? = nil) throws(JSONSyntaxError) {
        let range = range ?? 0..<text.count
        let start = range.lowerBound
        var members: [Member] = []
        members.reserveCapacity(Self.usualMembers)
        try JSONReader.readMembers(of: text.span.extracting(range)) { member in
            let value = start + member.value.lowerBound..<start + member.value.upperBound
            members.append(
                Member(
                    name: start + member.name.lowerBound + 1..<start + member.name.upperBound - 1,
                    nameHasEscapes: member.nameHasEscapes,
                    value: Value(kind: member.kind, range: value, mayHaveEscapes: member.valueHasEscapes)))
        }
        self.text = text
        self.origin = origin
        self.start = start
        self.members = members
    }

    /// The last member of this name; nil when there is none and when it is `null`.
    subscript(_ name: String) -> Value? {
        guard let value = members.last(where: { isName($0, name) })?.value, value.kind != .null else { return nil }
        return value
    }

    private func isName(_ member: Member, _ name: String) -> Bool {
        if member.nameHasEscapes { return self.name(of: member).elementsEqual(name.utf8) }
        return member.name.count == name.utf8.count && text[member.name].elementsEqual(name.utf8)
    }

    private func name(of member: Member) -> [UInt8] {
        guard member.nameHasEscapes else { return Array(text[member.name]) }
        return JSONReader.unescape(text.span.extracting(member.name.lowerBound - 1..<member.name.upperBound + 1))
    }

    /// All members, in order.
    var all: [(name: [UInt8], value: Value)] { members.map { (name(of: $0), $0.value) } }

    /// The value as it is written; keeps the text.
    func bytes(of value: Value) -> ArraySlice<UInt8> { text[value.range] }

    /// The meaning of a string's text; halves of surrogate pairs become U+FFFD.
    func string(_ value: Value) -> String {
        if value.mayHaveEscapes { return String(decoding: stringBytes(value), as: UTF8.self) }
        return String(decoding: text[value.range.lowerBound + 1..<value.range.upperBound - 1], as: UTF8.self)
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
        let position =
            origin?.advanced(over: text.span.extracting(start..<max(start, offset)))
            ?? TextPosition(of: offset, in: text.span)
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
