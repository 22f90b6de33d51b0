/// One member of a JSON object, where it lies in the text.
public struct JSONMember: Hashable, Sendable {
    /// The name, unescaped: UTF-8, with lone surrogates in their three-byte form.
    public let name: [UInt8]
    /// The kind of the value.
    public let kind: JSONKind
    /// The byte range of the value in the text, strings with their quotes.
    public let value: Range<Int>
}

/// One element of a JSON array, where it lies in the text.
public struct JSONElement: Hashable, Sendable {
    /// The kind of the value.
    public let kind: JSONKind
    /// The byte range of the value in the text, strings with their quotes.
    public let value: Range<Int>
}

/// Reads one level of JSON text without building a tree; positions in errors are those of the whole text given.
public enum JSONReader {
    /// The members of the object in `bytes`, in order, duplicates included. Everything inside is validated.
    ///
    /// - Throws: the first fault; also when the value is not an object, or when text follows it.
    public static func members(of bytes: Span<UInt8>) throws(JSONSyntaxError) -> [JSONMember] {
        try JSONOutline(bytes).nodes.map { node in
            JSONMember(name: unescape(bytes.extracting(node.name)), kind: node.kind, value: node.value)
        }
    }

    /// The elements of the array in `bytes`, in order. Everything inside is validated.
    ///
    /// - Throws: the first fault; also when the value is not an array, or when text follows it.
    public static func elements(of bytes: Span<UInt8>) throws(JSONSyntaxError) -> [JSONElement] {
        var tokenizer = JSONTokenizer()
        try expect(.arrayStart, from: &tokenizer, in: bytes)
        var elements: [JSONElement] = []
        while let (kind, value) = try tokenizer.skipValue(in: bytes) {
            elements.append(JSONElement(kind: kind, value: value))
        }
        try tokenizer.expectEnd(in: bytes)
        return elements
    }

    /// The same for an array of bytes.
    public static func members(of bytes: [UInt8]) throws(JSONSyntaxError) -> [JSONMember] {
        try members(of: bytes.span)
    }

    /// The same for an array of bytes.
    public static func elements(of bytes: [UInt8]) throws(JSONSyntaxError) -> [JSONElement] {
        try elements(of: bytes.span)
    }

    /// The meaning of a string, given as its text with the quotes, which has been validated.
    public static func unescape(_ string: Span<UInt8>) -> [UInt8] {
        guard string.count >= 2 else { return [] }
        var out: [UInt8] = []
        out.reserveCapacity(string.count)
        JSONString.appendUnescaped(string.extracting(1..<string.count - 1), to: &out)
        return out
    }

    /// The same for an array of bytes.
    public static func unescape(_ string: [UInt8]) -> [UInt8] { unescape(string.span) }

    static func emptyText(_ bytes: Span<UInt8>) -> JSONSyntaxError {
        JSONSyntaxError(
            message: "No JSON value found: the text is empty", position: TextPosition(of: bytes.count, in: bytes),
            offset: bytes.count, isLimit: false)
    }

    /// Reads the bracket that the text is to begin with.
    static func expect(
        _ bracket: JSONToken, from tokenizer: inout JSONTokenizer, in bytes: Span<UInt8>
    ) throws(JSONSyntaxError) {
        guard let first = try tokenizer.next(in: bytes) else { throw emptyText(bytes) }
        guard first != bracket else { return }
        let place = tokenizer.range.lowerBound
        throw JSONSyntaxError(
            message: "Expected a JSON \(bracket == .objectStart ? "object" : "array")",
            position: TextPosition(of: place, in: bytes), offset: place, isLimit: false)
    }
}

extension JSONTokenizer {
    /// Reads a whole value. Returns its kind and where it lies; nil when the container ends instead.
    package mutating func skipValue(
        in bytes: Span<UInt8>
    ) throws(JSONSyntaxError) -> (kind: JSONKind, value: Range<Int>)? {
        guard let kind = try next(in: bytes)?.kind else { return nil }
        let start = range.lowerBound
        try finishValue(kind, in: bytes)
        return (kind, start..<range.upperBound)
    }

    /// Reads the rest of a value whose first token has been given out; then `range` is its end.
    mutating func finishValue(_ kind: JSONKind, in bytes: Span<UInt8>) throws(JSONSyntaxError) {
        guard kind == .object || kind == .array else { return try finishString(in: bytes) }
        let outside = depth - 1
        while depth > outside { _ = try next(in: bytes) }
    }
}
