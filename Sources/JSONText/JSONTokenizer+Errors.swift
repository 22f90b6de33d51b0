/// The texts of Jackson's `ParserMinimalBase` and `ReaderBasedJsonParser`. A fault about one character points at it;
/// the others point after what has been read.
extension JSONTokenizer {
    func fault(
        _ message: String, at place: Int? = nil, isLimit: Bool = false, in bytes: Span<UInt8>
    ) -> JSONSyntaxError {
        let place = place ?? offset
        return JSONSyntaxError(
            message: message, position: TextPosition(of: place, in: bytes), offset: place, isLimit: isLimit)
    }

    func limitFault(
        _ what: String, _ size: Int, _ limit: Int, _ getter: String, in bytes: Span<UInt8>
    ) -> JSONSyntaxError {
        fault(
            "\(what) (\(size)) exceeds the maximum allowed (\(limit), from `StreamReadConstraints.\(getter)()`)",
            isLimit: true, in: bytes)
    }

    /// The character whose first byte was just consumed may not stand here.
    func unexpected(_ byte: UInt8, _ expectation: String, in bytes: Span<UInt8>) -> JSONSyntaxError {
        do throws(JSONSyntaxError) {
            let what = try describe(byte, in: bytes)
            return fault("Unexpected character (\(what)): \(expectation)", at: offset - 1, in: bytes)
        } catch {
            return error
        }
    }

    func unexpectedInNumber(
        _ byte: UInt8, _ expectation: String, at place: Int, in bytes: Span<UInt8>
    ) throws(JSONSyntaxError) -> JSONSyntaxError {
        let what = try describe(byte, in: bytes)
        return fault("Unexpected character (\(what)) in numeric value: \(expectation)", at: place, in: bytes)
    }

    /// A digit is missing at `offset`. `mark` is where Jackson's parser stands, if not after the wrong character.
    mutating func missingDigit(_ what: String, mark: Int?, in bytes: Span<UInt8>) -> JSONSyntaxError {
        let isAtEnd = offset >= bytes.count
        if !isAtEnd { offset += 1 }
        let place = isAtEnd ? offset - 1 : (mark ?? offset) - 1
        do throws(JSONSyntaxError) {
            return try unexpectedInNumber(bytes[offset - 1], what, at: place, in: bytes)
        } catch {
            return error
        }
    }

    func mismatch(_ byte: UInt8, expected: String, in bytes: Span<UInt8>) -> JSONSyntaxError {
        let close = Character(Unicode.Scalar(byte))
        let start = location(of: opening, in: bytes)
        return fault(
            "Unexpected close marker '\(close)': expected '\(expected)' (for \(containerName) starting at \(start))",
            at: offset - 1, in: bytes)
    }

    func endOfInputInContainer(startedAt opening: Int, in bytes: Span<UInt8>) -> String {
        "Unexpected end-of-input: expected close marker for \(containerName) "
            + "(start marker at \(location(of: opening, in: bytes)))"
    }

    func endOfInputBetweenEntries(in bytes: Span<UInt8>) -> JSONSyntaxError {
        fault("Unexpected end-of-input within/between \(containerName) entries", in: bytes)
    }

    func endOfInputInEscape(in bytes: Span<UInt8>) -> JSONSyntaxError {
        fault("Unexpected end-of-input in character escape sequence", in: bytes)
    }

    func invalidSpace(_ byte: UInt8, in bytes: Span<UInt8>) -> JSONSyntaxError {
        fault(
            "Illegal character ((CTRL-CHAR, code \(byte))): only regular white space (\\r, \\n, \\t) is allowed "
                + "between tokens", at: offset - 1, in: bytes)
    }

    func unquotedSpace(_ byte: UInt8, _ context: String, in bytes: Span<UInt8>) -> JSONSyntaxError {
        fault(
            "Illegal unquoted character ((CTRL-CHAR, code \(byte))): has to be escaped using backslash to be included "
                + "in \(context)", at: offset - 1, in: bytes)
    }

    func unrecognizedEscape(_ byte: UInt8, in bytes: Span<UInt8>) -> JSONSyntaxError {
        do throws(JSONSyntaxError) {
            let what = try describe(byte, in: bytes)
            return fault("Unrecognized character escape \(what)", at: offset - 1, in: bytes)
        } catch {
            return error
        }
    }

    func comment(in bytes: Span<UInt8>) -> JSONSyntaxError {
        unexpected(
            UInt8(ascii: "/"),
            "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for "
                + "parser)", in: bytes)
    }

    func invalidUTF8(_ part: String, _ byte: UInt8, in bytes: Span<UInt8>) -> JSONSyntaxError {
        fault("Invalid UTF-8 \(part) byte 0x\(String(byte, radix: 16))", at: offset - 1, in: bytes)
    }

    /// A value starts with a byte, just consumed, with which no JSON value starts.
    mutating func oddValue(_ byte: UInt8, in bytes: Span<UInt8>) throws(JSONSyntaxError) -> JSONSyntaxError {
        switch byte {
        case UInt8(ascii: "N"):
            try match(Array("NaN".utf8), from: 1, in: bytes)
            return nonStandard("NaN", in: bytes)
        case UInt8(ascii: "I"):
            try match(Array("Infinity".utf8), from: 1, in: bytes)
            return nonStandard("Infinity", in: bytes)
        case UInt8(ascii: "+"):
            guard offset < bytes.count else { return fault("Unexpected end-of-input in a Number value", in: bytes) }
            offset += 1
            return try invalidNumberStart(bytes[offset - 1], isNegative: false, in: bytes)
        default: break
        }
        if let scalar = try scalar(at: offset - 1, in: bytes), scalar.isJavaIdentifierStart {
            offset += UTF8.width(scalar) - 1
            return try invalidToken(String(scalar), in: bytes)
        }
        return unexpected(byte, "expected a valid value \(Self.valueNames)", in: bytes)
    }

    /// The character just consumed follows a sign and is no digit.
    mutating func invalidNumberStart(
        _ byte: UInt8, isNegative: Bool, in bytes: Span<UInt8>
    ) throws(JSONSyntaxError) -> JSONSyntaxError {
        var byte = byte
        if byte == UInt8(ascii: "I") {
            guard offset < bytes.count else { return fault("Unexpected end-of-input in a Number value", in: bytes) }
            byte = bytes[offset]
            offset += 1
            if byte == UInt8(ascii: "N") {
                try match(Array((isNegative ? "-INF" : "+INF").utf8), from: 3, in: bytes)
                return nonStandard(isNegative ? "-INF" : "+INF", in: bytes)
            }
            if byte == UInt8(ascii: "n") {
                try match(Array((isNegative ? "-Infinity" : "+Infinity").utf8), from: 3, in: bytes)
                return nonStandard(isNegative ? "-Infinity" : "+Infinity", in: bytes)
            }
        }
        guard isNegative else {
            return try unexpectedInNumber(
                UInt8(ascii: "+"),
                "JSON spec does not allow numbers to have plus signs: enable "
                    + "`JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow", at: offset - 1, in: bytes)
        }
        return try unexpectedInNumber(
            byte, "expected digit (0-9) to follow minus sign, for valid numeric value", at: offset - 1, in: bytes)
    }

    /// A word that is none of JSON's three. What belongs to it is Jackson's guess: a Java identifier.
    mutating func invalidToken(_ start: String, in bytes: Span<UInt8>) throws(JSONSyntaxError) -> JSONSyntaxError {
        var word = start
        while let scalar = try scalar(at: offset, in: bytes), scalar.isJavaIdentifierPart {
            offset += UTF8.width(scalar)
            word.unicodeScalars.append(scalar)
            if word.utf16.count >= 256 {
                word += "..."
                break
            }
        }
        return fault("Unrecognized token '\(word)': was expecting \(Self.valueNames)", in: bytes)
    }

    private func nonStandard(_ word: String, in bytes: Span<UInt8>) -> JSONSyntaxError {
        fault(
            "Non-standard token '\(word)': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow", in: bytes)
    }

    private static let valueNames = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

    /// The character whose first byte, at `offset - 1`, is `byte`.
    private func describe(_ byte: UInt8, in bytes: Span<UInt8>) throws(JSONSyntaxError) -> String {
        guard byte >= 0x80, let scalar = try scalar(at: offset - 1, in: bytes) else {
            return byte < 0x20 || byte == 0x7F
                ? "(CTRL-CHAR, code \(byte))" : "'\(Unicode.Scalar(byte))' (code \(byte))"
        }
        if scalar.value < 0xA0 { return "(CTRL-CHAR, code \(scalar.value))" }
        if scalar.value <= 0xFF { return "'\(scalar)' (code \(scalar.value))" }
        // Java sees UTF-16: of a character outside the BMP only the first half, which no UTF-8 text can show.
        guard let unit = UTF16.encode(scalar)?.first else { return "'\(scalar)'" }
        let shown = scalar.value > 0xFFFF ? "?" : String(scalar)
        return "'\(shown)' (code \(unit) / 0x\(String(unit, radix: 16)))"
    }

    /// The character at `place`; nil at the end.
    func scalar(at place: Int, in bytes: Span<UInt8>) throws(JSONSyntaxError) -> Unicode.Scalar? {
        guard place < bytes.count else { return nil }
        var decoder = UTF8()
        var sequence: [UInt8] = []
        for index in place..<min(place + 4, bytes.count) { sequence.append(bytes[index]) }
        var iterator = sequence.makeIterator()
        switch decoder.decode(&iterator) {
        case .scalarValue(let scalar): return scalar
        case .emptyInput: return nil
        case .error:
            throw fault("Invalid UTF-8 start byte 0x\(String(bytes[place], radix: 16))", at: place, in: bytes)
        }
    }

    private func location(of opening: Int?, in bytes: Span<UInt8>) -> String {
        let position =
            opening.map { TextPosition(of: $0, in: bytes) } ?? TextPosition(line: 1, column: 0)
        return SourceLocation.describe(position, of: bytes, quoted: quotesSource)
    }
}

extension Unicode.Scalar {
    /// `Character.isJavaIdentifierStart`.
    var isJavaIdentifierStart: Bool {
        guard value <= 0xFFFF else { return false }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber,
            .currencySymbol, .connectorPunctuation:
            return true
        default: return false
        }
    }

    /// `Character.isJavaIdentifierPart`.
    var isJavaIdentifierPart: Bool {
        guard value <= 0xFFFF else { return false }
        switch properties.generalCategory {
        case .decimalNumber, .nonspacingMark, .spacingMark, .format: return true
        case .control: return value < 0x09 || (0x0E...0x1B).contains(value) || (0x7F...0x9F).contains(value)
        default: return isJavaIdentifierStart
        }
    }
}
