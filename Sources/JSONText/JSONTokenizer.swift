/// Reads JSON text token by token, strictly (RFC 8259, valid UTF-8), in the order in which Jackson looks at bytes.
///
/// The order matters for errors: after a member name the start of its value has been read already, and the inside of a
/// string value is read only when somebody asks for it or moves on. `offset` is at every moment where Jackson says its
/// parser is, so a caller that refuses a token reports the very column that EventBridge reports.
///
/// The tokenizer keeps no reference to the text: pass the same bytes to every call. It never recurses, and what it
/// holds is one word per open bracket, at most `JSONLimits.depth`.
package struct JSONTokenizer: Sendable {
    /// The byte after the last one read.
    package internal(set) var offset = 0
    /// Where the current token lies: names and strings with their quotes. A string's end is known once it is finished.
    package internal(set) var range = 0..<0
    /// `range` without the quotes, of a name or a finished string.
    package var body: Range<Int> { range.lowerBound + 1..<range.upperBound - 1 }
    /// Whether the finished name or string contains a backslash escape.
    package internal(set) var hasEscapes = false

    /// Whether errors quote the text, as Jackson does for patterns, or hide it, as it does for events.
    let quotesSource: Bool

    /// One entry per open bracket: its offset times 4, plus 2 for an array, plus 1 once it has an entry.
    private var frames: [Int] = []
    /// The value that follows the current name: read already, not yet given out.
    private var valueAfterName: JSONToken?
    /// Whether the current token is a string whose inside has not been read.
    private var stringIsOpen = false

    package init(quotesSource: Bool = false) {
        self.quotesSource = quotesSource
    }

    /// How many objects and arrays are open.
    package var depth: Int { frames.count }

    var inArray: Bool { frames.last.map { $0 & 2 != 0 } ?? false }
    var inObject: Bool { frames.last.map { $0 & 2 == 0 } ?? false }
    /// Offset of the innermost open bracket.
    var opening: Int? { frames.last.map { $0 >> 2 } }
    /// Jackson's name for what the parser is in.
    var containerName: String { frames.isEmpty ? "root" : inArray ? "Array" : "Object" }

    /// The next token; nil at the end of the text. After the end of a root value another may follow: whether that is
    /// allowed is the caller's business.
    package mutating func next(in bytes: Span<UInt8>) throws(JSONSyntaxError) -> JSONToken? {
        if let token = valueAfterName {
            valueAfterName = nil
            try open(token, in: bytes)
            return token
        }
        try finishString(in: bytes)
        guard var byte = try skipSpace(in: bytes) else {
            if let opening {
                throw fault(endOfInputInContainer(startedAt: opening, in: bytes), in: bytes)
            }
            return nil
        }
        if byte == UInt8(ascii: "]") {
            guard inArray else { throw mismatch(byte, expected: "}", in: bytes) }
            return close(.arrayEnd)
        }
        if byte == UInt8(ascii: "}") {
            guard inObject else { throw mismatch(byte, expected: "]", in: bytes) }
            return close(.objectEnd)
        }
        byte = try skipComma(byte, in: bytes)
        guard inObject else {
            let token = try scanValue(byte, in: bytes)
            try open(token, in: bytes)
            return token
        }
        guard byte == UInt8(ascii: "\"") else {
            throw unexpected(byte, "was expecting double-quote to start field name", in: bytes)
        }
        try scanName(in: bytes)
        let name = range
        byte = try skipColon(in: bytes)
        let token = try scanValue(byte, in: bytes)
        valueAfterName = token
        valueRange = range
        range = name
        return .name
    }

    /// Reads the rest of the current string value, if it has not been read. Cheap when there is nothing to do.
    package mutating func finishString(in bytes: Span<UInt8>) throws(JSONSyntaxError) {
        guard stringIsOpen else { return }
        stringIsOpen = false
        try scanString(in: bytes)
    }

    /// Where the value after the current name lies, until it is given out.
    private var valueRange = 0..<0

    private mutating func open(_ token: JSONToken, in bytes: Span<UInt8>) throws(JSONSyntaxError) {
        if valueRange.upperBound > 0 {
            range = valueRange
            valueRange = 0..<0
        }
        switch token {
        case .objectStart: frames.append(range.lowerBound << 2)
        case .arrayStart: frames.append(range.lowerBound << 2 | 2)
        case .string:
            stringIsOpen = true
            hasEscapes = false
        default: break
        }
        if frames.count > JSONLimits.depth {
            throw limitFault("Document nesting depth", frames.count, JSONLimits.depth, "getMaxNestingDepth", in: bytes)
        }
    }

    private mutating func close(_ token: JSONToken) -> JSONToken {
        frames.removeLast()
        range = offset - 1..<offset
        return token
    }

    /// Reads one value whose first byte is `byte`; a string only up to its quote, a bracket only itself.
    private mutating func scanValue(_ byte: UInt8, in bytes: Span<UInt8>) throws(JSONSyntaxError) -> JSONToken {
        let start = offset - 1
        let token: JSONToken
        switch byte {
        case UInt8(ascii: "\""): token = .string
        case UInt8(ascii: "["): token = .arrayStart
        case UInt8(ascii: "{"): token = .objectStart
        case UInt8(ascii: "]"), UInt8(ascii: "}"): throw unexpected(byte, "expected a value", in: bytes)
        case UInt8(ascii: "t"):
            try match(.true, in: bytes)
            token = .true
        case UInt8(ascii: "f"):
            try match(.false, in: bytes)
            token = .false
        case UInt8(ascii: "n"):
            try match(.null, in: bytes)
            token = .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try scanNumber(byte, in: bytes)
            token = .number
        default:
            throw try oddValue(byte, in: bytes)
        }
        range = start..<offset
        return token
    }

    // MARK: Between tokens

    /// The next byte that is not white space, consumed; nil at the end of the text.
    private mutating func skipSpace(in bytes: Span<UInt8>) throws(JSONSyntaxError) -> UInt8? {
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
            case 0..<0x20: throw invalidSpace(byte, in: bytes)
            case UInt8(ascii: "/"): throw comment(in: bytes)
            default: return byte
            }
        }
        return nil
    }

    /// Checks the comma between entries. Returns the first byte of the next entry, consumed.
    private mutating func skipComma(_ byte: UInt8, in bytes: Span<UInt8>) throws(JSONSyntaxError) -> UInt8 {
        guard let last = frames.indices.last else { return byte }
        guard frames[last] & 1 != 0 else {
            frames[last] |= 1
            return byte
        }
        guard byte == UInt8(ascii: ",") else {
            throw unexpected(byte, "was expecting comma to separate \(containerName) entries", in: bytes)
        }
        guard let next = try skipSpace(in: bytes) else { throw endOfInputBetweenEntries(in: bytes) }
        return next
    }

    /// Checks the colon after a name. Returns the first byte of the value, consumed.
    private mutating func skipColon(in bytes: Span<UInt8>) throws(JSONSyntaxError) -> UInt8 {
        guard let colon = try skipSpace(in: bytes) else { throw endOfInputBetweenEntries(in: bytes) }
        guard colon == UInt8(ascii: ":") else {
            throw unexpected(colon, "was expecting a colon to separate field name and value", in: bytes)
        }
        guard let next = try skipSpace(in: bytes) else { throw endOfInputBetweenEntries(in: bytes) }
        return next
    }
}
