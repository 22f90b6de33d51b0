extension JSONTokenizer {
    /// Reads a member name up to its closing quote; `offset` is after the opening one.
    mutating func scanName(in bytes: Span<UInt8>) throws(JSONSyntaxError) {
        let start = offset - 1
        let length = try scanQuoted(isName: true, in: bytes)
        if length > JSONLimits.nameLength {
            throw limitFault("Name length", length, JSONLimits.nameLength, "getMaxNameLength", in: bytes)
        }
        range = start..<offset
    }

    /// Reads a string value up to its closing quote; `offset` is after the opening one.
    mutating func scanString(in bytes: Span<UInt8>) throws(JSONSyntaxError) {
        let start = offset - 1
        let length = try scanQuoted(isName: false, in: bytes)
        if length > JSONLimits.stringLength {
            throw limitFault("String value length", length, JSONLimits.stringLength, "getMaxStringLength", in: bytes)
        }
        range = start..<offset
    }

    /// Reads up to and with the closing quote. Returns an upper bound of the length in UTF-16 code units.
    private mutating func scanQuoted(isName: Bool, in bytes: Span<UInt8>) throws(JSONSyntaxError) -> Int {
        let start = offset
        hasEscapes = false
        var surplus = 0
        while true {
            offset = TextRun.endOfPlainText(in: bytes, from: offset)
            guard offset < bytes.count else { break }
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return offset - 1 - start - surplus
            case UInt8(ascii: "\\"):
                hasEscapes = true
                let escape = offset
                try scanEscape(in: bytes)
                surplus += offset - escape
            case 0..<0x20:
                throw unquotedSpace(byte, isName ? "name" : "string value", in: bytes)
            case 0x80...:
                let first = offset
                try scanContinuation(of: byte, in: bytes)
                surplus += offset - first - (byte >= 0xF0 ? 1 : 0)
            default: break
            }
        }
        let what = isName ? " in field name" : ": was expecting closing quote for a string value"
        throw fault("Unexpected end-of-input\(what)", in: bytes)
    }

    /// Reads what follows a backslash (RFC 8259 §7).
    private mutating func scanEscape(in bytes: Span<UInt8>) throws(JSONSyntaxError) {
        guard offset < bytes.count else { throw endOfInputInEscape(in: bytes) }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "b"), UInt8(ascii: "t"), UInt8(ascii: "n"), UInt8(ascii: "f"), UInt8(ascii: "r"),
            UInt8(ascii: "\""), UInt8(ascii: "/"), UInt8(ascii: "\\"):
            return
        case UInt8(ascii: "u"): break
        default: throw unrecognizedEscape(byte, in: bytes)
        }
        for _ in 0..<4 {
            guard offset < bytes.count else { throw endOfInputInEscape(in: bytes) }
            let digit = bytes[offset]
            offset += 1
            guard digit.hexDigitValue != nil else {
                throw unexpected(digit, "expected a hex-digit for character escape sequence", in: bytes)
            }
        }
    }

    /// Checks the rest of a UTF-8 sequence whose first byte is `lead` (RFC 3629 §4: no overlong form, no surrogate,
    /// nothing above U+10FFFF).
    private mutating func scanContinuation(of lead: UInt8, in bytes: Span<UInt8>) throws(JSONSyntaxError) {
        let length: Int
        var allowed: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 1
        case 0xE0: (length, allowed) = (2, 0xA0...0xBF)
        case 0xED: (length, allowed) = (2, 0x80...0x9F)
        case 0xE1...0xEF: length = 2
        case 0xF0: (length, allowed) = (3, 0x90...0xBF)
        case 0xF1...0xF3: length = 3
        case 0xF4: (length, allowed) = (3, 0x80...0x8F)
        default: throw invalidUTF8("start", lead, in: bytes)
        }
        for _ in 0..<length {
            guard offset < bytes.count else {
                throw fault("Unexpected end-of-input in the middle of a UTF-8 sequence", in: bytes)
            }
            let byte = bytes[offset]
            guard allowed.contains(byte) else {
                offset += 1
                throw invalidUTF8("middle", byte, in: bytes)
            }
            offset += 1
            allowed = 0x80...0xBF
        }
    }

    /// Reads a number (RFC 8259 §6) whose first byte has been consumed.
    mutating func scanNumber(_ first: UInt8, in bytes: Span<UInt8>) throws(JSONSyntaxError) {
        var digit = first
        if first == UInt8(ascii: "-") {
            guard offset < bytes.count else {
                throw fault("Unexpected end-of-input: no digit following minus sign", in: bytes)
            }
            digit = bytes[offset]
            offset += 1
            if digit == UInt8(ascii: ".") { throw try oddValue(digit, in: bytes) }
            guard digit.isDigit else { throw try invalidNumberStart(digit, isNegative: true, in: bytes) }
        }
        var digits = 1
        if digit == UInt8(ascii: "0") {
            if offset < bytes.count, bytes[offset].isDigit {
                throw fault("Invalid numeric value: Leading zeroes not allowed", in: bytes)
            }
        } else {
            digits += skipDigits(in: bytes)
        }
        // Jackson has moved past the first byte that is neither digit nor separator when it complains about a later
        // one, except in numbers that start with 0, which it reads byte by byte.
        let mark = digit == UInt8(ascii: "0") ? nil : min(offset + 1, bytes.count)
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            let fraction = skipDigits(in: bytes)
            guard fraction > 0 else {
                throw missingDigit("Decimal point not followed by a digit", mark: mark, in: bytes)
            }
            digits += fraction
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") || bytes[offset] == UInt8(ascii: "+") {
                offset += 1
            }
            guard offset < bytes.count else {
                throw fault("Unexpected end-of-input: expected a digit for number exponent", in: bytes)
            }
            let exponent = skipDigits(in: bytes)
            guard exponent > 0 else {
                throw missingDigit("Exponent indicator not followed by a digit", mark: mark, in: bytes)
            }
            digits += exponent
        }
        if digits > JSONLimits.numberDigits {
            throw limitFault("Number value length", digits, JSONLimits.numberDigits, "getMaxNumberLength", in: bytes)
        }
        if depth == 0, offset < bytes.count, !bytes[offset].isJSONSpace {
            offset += 1
            throw unexpected(bytes[offset - 1], "Expected space separating root-level values", in: bytes)
        }
    }

    private mutating func skipDigits(in bytes: Span<UInt8>) -> Int {
        let start = offset
        while offset < bytes.count, bytes[offset].isDigit { offset += 1 }
        return offset - start
    }

    /// The words of JSON, made once.
    struct Literal {
        let bytes: [UInt8]
        static let `true` = Literal(bytes: Array("true".utf8))
        static let `false` = Literal(bytes: Array("false".utf8))
        static let null = Literal(bytes: Array("null".utf8))
    }

    /// Reads the rest of a word whose first byte has been consumed.
    mutating func match(_ literal: Literal, in bytes: Span<UInt8>) throws(JSONSyntaxError) {
        try match(literal.bytes, from: 1, in: bytes)
    }

    /// Reads the bytes of `literal` from index `from` on and checks that the word ends there.
    mutating func match(_ literal: [UInt8], from: Int, in bytes: Span<UInt8>) throws(JSONSyntaxError) {
        for index in from..<literal.count {
            guard offset < bytes.count, bytes[offset] == literal[index] else {
                throw try invalidToken(String(decoding: literal[..<index], as: UTF8.self), in: bytes)
            }
            offset += 1
        }
        guard offset < bytes.count else { return }
        let byte = bytes[offset]
        if byte < UInt8(ascii: "0") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { return }
        if let scalar = try scalar(at: offset, in: bytes), scalar.isJavaIdentifierPart {
            throw try invalidToken(String(decoding: literal, as: UTF8.self), in: bytes)
        }
    }
}

extension UInt8 {
    @inline(__always)
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    var isJSONSpace: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\n")
            || self == UInt8(ascii: "\r")
    }

    /// 0 to 15, or nil.
    package var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
