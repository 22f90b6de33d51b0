internal import Broker
internal import JSONText

/// A JSON object where it lies in a text: the doors take from it what they know and pass the rest on untouched.
struct JSONObjectText {
    /// A value where it lies in the text.
    struct Value {
        let kind: JSONKind
        /// Whether it may be a string that is written with escapes, so that its text is not its meaning.
        var mayHaveEscapes = true
        /// Its bytes in the text, strings with their quotes.
        let range: Range<Int>
        /// Its place in the outline; -1 when what is inside it has not been read.
        fileprivate var node = -1

        /// Of a string.
        var isEmptyString: Bool { range.count == 2 }
    }

    private let text: [UInt8]
    private let outline: JSONOutline
    /// Where its members are in the outline.
    private let members: Range<Int>
    /// The place of `start`, from which other places are counted; nil to count from the start of the text.
    private let origin: TextPosition?
    /// Where the object begins in the text.
    let start: Int

    /// - Parameters:
    ///   - range: where in the text the object lies; all of it for nil.
    ///   - origin: the place of the range's start, for the places in messages; nil when messages are to tell the place in
    ///     the whole text, which then costs a walk from its start.
    ///   - levels: how many levels of objects and arrays will be asked for, so that they are read in the same pass.
    /// - Throws: the first fault, with its place in the range; also when it is not an object.
    init(
        _ text: [UInt8], in range: Range<Int>? = nil, origin: TextPosition? = nil, levels: Int = 1
    ) throws(JSONSyntaxError) {
        let range = range ?? 0..<text.count
        outline = try JSONOutline(text.span.extracting(range), levels: levels, origin: range.lowerBound)
        members = 0..<outline.nodes.count
        self.text = text
        self.origin = origin
        start = range.lowerBound
    }

    private init(_ entries: Range<Int>, of outer: JSONObjectText, start: Int) {
        text = outer.text
        outline = outer.outline
        members = entries
        origin = nil
        self.start = start
    }

    /// The object that a value is, whose members have been read with this one; nil for other values.
    func object(_ value: Value) -> JSONObjectText? {
        guard value.kind == .object, let entries = entries(of: value) else { return nil }
        return JSONObjectText(entries, of: self, start: value.range.lowerBound)
    }

    /// The last member of this name; nil when there is none and when it is `null`.
    subscript(_ name: String) -> Value? {
        var found: Int?
        var place = members.lowerBound
        while place < members.upperBound {
            if isName(outline.nodes[place], name.utf8.span) { found = place }
            place = outline.nodes[place].next
        }
        guard let found, outline.nodes[found].kind != .null else { return nil }
        return value(found)
    }

    /// What the subscript gives for each of these names, with one walk over the members.
    func values<let count: Int>(of names: InlineArray<count, StaticString>) -> InlineArray<count, Value?> {
        var found = InlineArray<count, Int>(repeating: -1)
        var place = members.lowerBound
        while place < members.upperBound {
            if let index = index(of: outline.nodes[place], in: names) { found[index] = place }
            place = outline.nodes[place].next
        }
        return InlineArray { index in
            found[index] < 0 || outline.nodes[found[index]].kind == .null ? nil : value(found[index])
        }
    }

    private func index<let count: Int>(
        of node: JSONOutline.Node, in names: InlineArray<count, StaticString>
    ) -> Int? {
        // The pointer is read only while the constant lends it.
        names.indices.first { index in names[index].withUTF8Buffer { unsafe isName(node, $0.span) } }
    }

    private func value(_ place: Int) -> Value {
        let node = outline.nodes[place]
        return Value(
            kind: node.kind, mayHaveEscapes: node.valueHasEscapes, range: node.value,
            node: node.isOutlined ? place : -1)
    }

    /// What is inside a value, in the outline; nil when that has not been read.
    private func entries(of value: Value) -> Range<Int>? {
        value.node < 0 ? nil : value.node + 1..<outline.nodes[value.node].next
    }

    private func isName(_ node: JSONOutline.Node, _ name: Span<UInt8>) -> Bool {
        if node.nameHasEscapes {
            let meaning = self.name(of: node)
            return Self.isSame(meaning.span, name)
        }
        return Self.isSame(text.span.extracting(node.name).extracting(1..<node.name.count - 1), name)
    }

    private static func isSame(_ bytes: Span<UInt8>, _ others: Span<UInt8>) -> Bool {
        guard bytes.count == others.count else { return false }
        for index in 0..<bytes.count where bytes[index] != others[index] { return false }
        return true
    }

    private func name(of node: JSONOutline.Node) -> [UInt8] {
        JSONReader.unescape(text.span.extracting(node.name))
    }

    /// The places in the outline of what is directly in a container.
    private func places(_ entries: Range<Int>) -> [Int] {
        var places: [Int] = []
        places.reserveCapacity(min(entries.count, Self.usualEntries))
        var place = entries.lowerBound
        while place < entries.upperBound {
            places.append(place)
            place = outline.nodes[place].next
        }
        return places
    }

    private static let usualEntries = 16

    /// All members, in order.
    var all: [(name: [UInt8], value: Value)] {
        places(members).map { (name(of: outline.nodes[$0]), value($0)) }
    }

    /// The value as it is written; keeps the text.
    func bytes(of value: Value) -> ArraySlice<UInt8> { text[value.range] }

    /// Appends a string as JSON text, spelled as `JSONWriter` spells it.
    func appendString(_ value: Value, to out: inout [UInt8]) {
        guard value.mayHaveEscapes else { return out.append(text.span.extracting(value.range)) }
        JSONWriter.appendString(string(value), to: &out)
    }

    /// The meaning of a string's text; keeps the text where it is the same.
    func meaning(of value: Value) -> ArraySlice<UInt8> {
        if value.mayHaveEscapes { return stringBytes(value)[...] }
        return text[value.range.lowerBound + 1..<value.range.upperBound - 1]
    }

    /// Appends the meaning of a string's text.
    func appendUnescaped(_ value: Value, to out: inout [UInt8]) {
        let body = value.range.lowerBound + 1..<value.range.upperBound - 1
        JSONString.appendUnescaped(text.span.extracting(body), to: &out)
    }

    /// Appends a value as it is written.
    func appendText(_ value: Value, to out: inout [UInt8]) {
        out.append(text.span.extracting(value.range))
    }

    /// The meaning of a string's text; halves of surrogate pairs become U+FFFD.
    func string(_ value: Value) -> String {
        if value.mayHaveEscapes { return String(decoding: stringBytes(value), as: UTF8.self) }
        return String(decoding: text[value.range.lowerBound + 1..<value.range.upperBound - 1], as: UTF8.self)
    }

    /// The meaning of a string's text, as it is.
    func stringBytes(_ value: Value) -> [UInt8] {
        JSONReader.unescape(text.span.extracting(value.range))
    }

    /// The elements of an array of strings; nil when it is none.
    func strings(_ value: Value) -> [Value]? {
        guard let elements = elements(value), elements.allSatisfy({ $0.kind == .string }) else { return nil }
        return elements
    }

    /// The elements of an array; nil when it is none.
    func elements(_ value: Value) -> [Value]? {
        guard value.kind == .array else { return nil }
        if let entries = entries(of: value) { return places(entries).map(self.value) }
        guard let found = try? JSONReader.elements(of: text.span.extracting(value.range)) else { return nil }
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
