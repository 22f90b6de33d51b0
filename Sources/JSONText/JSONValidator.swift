/// Checks JSON text without keeping anything of it.
public enum JSONValidator {
    /// Checks that `bytes` are one JSON value: RFC 8259, valid UTF-8, within `JSONLimits`.
    ///
    /// - Parameters:
    ///   - allowTrailingText: whether anything may follow the value. EventBridge stops reading after it.
    ///   - depthMax: how many objects and arrays may be inside each other, for a value that will itself stand inside
    ///     others; at most `JSONLimits.depth`.
    /// - Returns: the kind of the value.
    /// - Throws: the first fault.
    /// - Complexity: one pass over the text; memory for one word per open bracket.
    public static func validate(
        _ bytes: Span<UInt8>, allowTrailingText: Bool = false, depthMax: Int = JSONLimits.depth
    ) throws(JSONSyntaxError) -> JSONKind {
        var tokenizer = JSONTokenizer()
        guard let kind = try tokenizer.next(in: bytes)?.kind else { throw JSONReader.emptyText(bytes) }
        while tokenizer.depth > 0 {
            guard tokenizer.depth <= depthMax else {
                throw JSONSyntaxError(
                    message: "Objects and arrays are nested deeper than \(depthMax) levels",
                    position: TextPosition(of: tokenizer.offset, in: bytes), offset: tokenizer.offset, isLimit: true)
            }
            _ = try tokenizer.next(in: bytes)
        }
        try tokenizer.finishString(in: bytes)
        if !allowTrailingText { try tokenizer.expectEnd(in: bytes) }
        return kind
    }

    /// The same for an array of bytes.
    public static func validate(
        _ bytes: [UInt8], allowTrailingText: Bool = false, depthMax: Int = JSONLimits.depth
    ) throws(JSONSyntaxError) -> JSONKind {
        try validate(bytes.span, allowTrailingText: allowTrailingText, depthMax: depthMax)
    }
}

extension JSONTokenizer {
    /// Checks that only white space follows.
    package mutating func expectEnd(in bytes: Span<UInt8>) throws(JSONSyntaxError) {
        let end = offset
        guard try next(in: bytes) != nil else { return }
        let place = max(end, range.lowerBound)
        throw JSONSyntaxError(
            message: "Unexpected text after the end of the JSON value", position: TextPosition(of: place, in: bytes),
            offset: place, isLimit: false)
    }
}
