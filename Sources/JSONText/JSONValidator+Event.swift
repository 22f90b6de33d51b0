extension JSONValidator {
    /// Checks that `bytes` begin with a JSON object, within `JSONLimits`; what follows it is not looked at.
    ///
    /// - Throws: the first fault; `Event must be a JSON object` for another value.
    package static func validateEvent(_ bytes: Span<UInt8>) throws(JSONSyntaxError) {
        var tokenizer = JSONTokenizer()
        guard try tokenizer.next(in: bytes) == .objectStart else {
            let position = TextPosition(of: tokenizer.offset, in: bytes)
            throw JSONSyntaxError(
                message: "Event must be a JSON object", line: position.line, column: position.column,
                offset: tokenizer.offset)
        }
        while tokenizer.depth > 0 { _ = try tokenizer.next(in: bytes) }
    }
}
