internal import JSONText

/// `anything-but` in all its forms (JRC, processMatchExpression and the functions it calls).
extension PatternParser {
    /// What may stand inside `anything-but`'s object.
    private enum Form: String {
        case prefix, suffix, wildcard
        case equalsIgnoreCase = "equals-ignore-case"

        var typeRefusal: String {
            switch self {
            case .prefix, .suffix: "prefix/suffix match pattern must be a string"
            case .wildcard: "wildcard match pattern must be a string"
            case .equalsIgnoreCase:
                "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
            }
        }
    }

    mutating func parseAnythingBut() throws(EventPatternError) -> ValueMatcher.Exclusion {
        var token = try next()
        guard token == .objectStart else {
            let exclusion = try parseValues(token)
            try endObject()
            return exclusion
        }
        guard try next() == .name else { throw refuse("Anything-But expression name not found", hint: nil) }
        let name = String(decoding: unescapedName, as: UTF8.self)
        guard let form = Form(rawValue: name) else {
            throw refuse(
                "Unsupported anything-but pattern: \(name)",
                hint: "prefix, suffix, equals-ignore-case and wildcard may stand inside anything-but")
        }
        jsonPath.enter(unescapedName)
        defer { jsonPath.leave() }
        token = try next()
        try checkValue(token)
        let exclusion: ValueMatcher.Exclusion
        if token == .arrayStart {
            exclusion = try parseTexts(form)
        } else {
            let text = try parseText(form, token)
            exclusion = try self.exclusion(form, [text])
        }
        try endObject()
        try endObject()
        return exclusion
    }

    private mutating func endObject() throws(EventPatternError) {
        // Sic: the words are those of numeric.
        guard try next() == .objectEnd else {
            throw refuse("Too many elements in numeric expression", hint: "only one key is allowed here")
        }
    }

    private func checkValue(_ token: JSONToken?) throws(EventPatternError) {
        guard token == .arrayStart || token == .string || token == .number else {
            throw refuse(
                "Value of anything-but must be an array or single string/number value.",
                hint: #"for null write [{"exists":true}] beside other fields: null and booleans cannot be excluded"#)
        }
    }

    /// A string, a number or a list of one of them.
    private mutating func parseValues(_ token: JSONToken?) throws(EventPatternError) -> ValueMatcher.Exclusion {
        try checkValue(token)
        if token == .string { return .strings([try string()]) }
        if token == .number {
            let text = Array(bytes[tokenizer.range])
            guard let number = ComparableNumber(text.span) else {
                throw refuseWithoutPlace(notComparable(text), hint: Self.numberHint)
            }
            return .numbers([number])
        }
        var strings: [[UInt8]] = []
        var numbers: [ComparableNumber] = []
        do throws(EventPatternError) {
            while let token = try next(), token != .arrayEnd {
                if token == .string {
                    strings.append(try string())
                } else if token == .number {
                    let text = Array(bytes[tokenizer.range])
                    guard let number = ComparableNumber(text.span) else {
                        throw refuseWithoutPlace(notComparable(text), hint: Self.numberHint)
                    }
                    numbers.append(number)
                } else {
                    throw refuse("Inside anything but list, start|null|boolean is not supported.", hint: nil)
                }
            }
        } catch {
            throw refuseAgain(error)
        }
        guard strings.isEmpty != numbers.isEmpty else {
            throw refuse(
                "Inside anything but list, either all values are number or string, mixed type is not supported",
                hint: "a list of strings or a list of numbers, not empty")
        }
        return strings.isEmpty ? .numbers(numbers) : .strings(strings)
    }

    /// The list inside a form, whose bracket has been read.
    private mutating func parseTexts(_ form: Form) throws(EventPatternError) -> ValueMatcher.Exclusion {
        var texts: [[UInt8]] = []
        do throws(EventPatternError) {
            while let token = try next(), token != .arrayEnd { texts.append(try parseText(form, token)) }
        } catch {
            throw refuseAgain(error)
        }
        return try exclusion(form, texts)
    }

    private mutating func parseText(_ form: Form, _ token: JSONToken?) throws(EventPatternError) -> [UInt8] {
        guard token == .string else { throw refuse(form.typeRefusal, hint: "write strings only") }
        let text = try string()
        if text.isEmpty, form == .prefix || form == .suffix {
            throw refuse("Null prefix/suffix not allowed", hint: "every string has the empty prefix and suffix")
        }
        return text
    }

    private func exclusion(_ form: Form, _ texts: [[UInt8]]) throws(EventPatternError) -> ValueMatcher.Exclusion {
        switch form {
        case .prefix: return .prefixes(texts)
        case .suffix: return .suffixes(texts)
        case .equalsIgnoreCase: return .equalsIgnoreCase(texts.map(FoldedText.init))
        case .wildcard:
            var wildcards: [Wildcard] = []
            for text in texts { wildcards.append(try wildcard(text)) }
            return .wildcards(wildcards)
        }
    }
}
