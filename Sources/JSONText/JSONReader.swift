/// One member of a JSON object, where it lies in the text.
public struct JSONMember: Hashable, Sendable {
    /// The name, unescaped: UTF-8, with lone surrogates in their three-byte form.
    public let name: [UInt8]
    /// The kind of the value.
    public let kind: JSONKind
    /// The byte range of the value in the text, strings with their quotes.
    public let value: Range<Int>
}

/// One member of a JSON object as places in the text: what `JSONMember` says without a copy of the name.
package struct JSONMemberPlace: Sendable {
    /// The byte range of the name, with its quotes.
    package let name: Range<Int>
    /// Whether the name is written with escapes, so that its text is not its meaning.
    package let nameHasEscapes: Bool
    /// The kind of the value.
    package let kind: JSONKind
    /// The byte range of the value in the text, strings with their quotes.
    package let value: Range<Int>
    /// Whether the value is a string that is written with escapes.
    package let valueHasEscapes: Bool
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
        var members: [JSONMember] = []
        try readMembers(of: bytes) { member in
            members.append(
                JSONMember(name: unescape(bytes.extracting(member.name)), kind: member.kind, value: member.value))
        }
        return members
    }

    /// The same as places in the text, each handed to `body` once it has been read: a fault that is thrown later makes
    /// all of them void.
    package static func readMembers(
        of bytes: Span<UInt8>, _ body: (JSONMemberPlace) -> Void
    ) throws(JSONSyntaxError) {
        var tokenizer = JSONTokenizer()
        guard let first = try tokenizer.next(in: bytes) else { throw emptyText(bytes) }
        guard first == .objectStart else { throw notExpected("a JSON object", at: tokenizer, in: bytes) }
        while let token = try tokenizer.next(in: bytes), token == .name {
            let (name, nameHasEscapes) = (tokenizer.range, tokenizer.hasEscapes)
            guard let (kind, value) = try tokenizer.skipValue(in: bytes) else { break }
            body(
                JSONMemberPlace(
                    name: name, nameHasEscapes: nameHasEscapes, kind: kind, value: value,
                    valueHasEscapes: kind == .string && tokenizer.hasEscapes))
        }
        try tokenizer.expectEnd(in: bytes)
    }

    /// The elements of the array in `bytes`, in order. Everything inside is validated.
    ///
    /// - Throws: the first fault; also when the value is not an array, or when text follows it.
    public static func elements(of bytes: Span<UInt8>) throws(JSONSyntaxError) -> [JSONElement] {
        var tokenizer = JSONTokenizer()
        guard let first = try tokenizer.next(in: bytes) else { throw emptyText(bytes) }
        guard first == .arrayStart else { throw notExpected("a JSON array", at: tokenizer, in: bytes) }
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

    private static func notExpected(
        _ what: String, at tokenizer: JSONTokenizer, in bytes: Span<UInt8>
    ) -> JSONSyntaxError {
        let place = tokenizer.range.lowerBound
        return JSONSyntaxError(
            message: "Expected \(what)", position: TextPosition(of: place, in: bytes), offset: place, isLimit: false)
    }
}

extension JSONTokenizer {
    /// Reads a whole value. Returns its kind and where it lies; nil when the container ends instead.
    package mutating func skipValue(
        in bytes: Span<UInt8>
    ) throws(JSONSyntaxError) -> (kind: JSONKind, value: Range<Int>)? {
        guard let kind = try next(in: bytes)?.kind else { return nil }
        let start = range.lowerBound
        if kind == .object || kind == .array {
            let outside = depth - 1
            while depth > outside { _ = try next(in: bytes) }
        } else {
            try finishString(in: bytes)
        }
        return (kind, start..<range.upperBound)
    }
}
