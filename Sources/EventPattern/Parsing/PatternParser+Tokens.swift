internal import JSONText

extension PatternParser {
    /// The next token; nil at the end of the text, outside of the pattern's object only.
    mutating func next() throws(EventPatternError) -> JSONToken? {
        let bytes = bytes
        do throws(JSONSyntaxError) {
            return try tokenizer.next(in: bytes.span)
        } catch {
            throw refuse(error)
        }
    }

    /// The meaning of the current string, which is read to its end.
    mutating func string() throws(EventPatternError) -> [UInt8] {
        let bytes = bytes
        do throws(JSONSyntaxError) {
            try tokenizer.finishString(in: bytes.span)
        } catch {
            throw refuse(error)
        }
        return unescapedName
    }

    /// The meaning of the current name or finished string.
    var unescapedName: [UInt8] { JSONReader.unescape(bytes.span.extracting(tokenizer.range)) }

    /// What Jackson's `getText` gives for the current token: a string's meaning, anything else as it is written.
    mutating func text(of token: JSONToken?) throws(EventPatternError) -> String {
        if token == .string { return String(decoding: try string(), as: UTF8.self) }
        if token == .name { return String(decoding: unescapedName, as: UTF8.self) }
        return String(decoding: bytes[tokenizer.range], as: UTF8.self)
    }

    // MARK: Errors

    /// Where the parser stands, as Jackson writes it.
    private var location: String {
        "\n at " + SourceLocation.describe(position, of: bytes.span)
    }

    private var position: TextPosition { TextPosition(of: tokenizer.offset, in: bytes.span) }

    /// A rule of the language is broken; AWS says where.
    func refuse(_ reason: String, hint: String?) -> EventPatternError {
        error(reason + location, at: position, hint: hint)
    }

    /// A rule of the language is broken; AWS does not say where, but we do.
    func refuseWithoutPlace(_ reason: String, hint: String?) -> EventPatternError {
        error(reason, at: position, hint: hint)
    }

    /// Says a refusal inside a list the way AWS does, which catches it there and adds the place again.
    func refuseAgain(_ refusal: EventPatternError) -> EventPatternError {
        EventPatternError(
            reason: refusal.reason + location, line: refusal.line, column: refusal.column, path: refusal.path,
            hint: refusal.hint)
    }

    private func refuse(_ fault: JSONSyntaxError) -> EventPatternError {
        let place = TextPosition(line: fault.line, column: fault.column)
        let location = fault.isLimit ? "" : "\n at " + SourceLocation.describe(place, of: bytes.span)
        return error(fault.message + location, at: place, hint: "the pattern is not valid JSON")
    }

    private func error(_ reason: String, at place: TextPosition, hint: String?) -> EventPatternError {
        EventPatternError(reason: reason, line: place.line, column: place.column, path: jsonPath.text, hint: hint)
    }
}
