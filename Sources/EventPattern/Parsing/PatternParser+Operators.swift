internal import JSONText

/// The operators of a match expression, `{"prefix":"…"}` and so on (JRC, processMatchExpression).
extension PatternParser {
    /// Reads an operator object whose bracket has been read.
    mutating func parseOperator() throws(EventPatternError) -> ValueMatcher {
        guard try next() == .name else {
            throw refuse("Match expression name not found", hint: "name an operator, like prefix or numeric")
        }
        let name = unescapedName
        jsonPath.enter(name)
        defer { jsonPath.leave() }
        switch String(decoding: name, as: UTF8.self) {
        case "exactly":
            return try parseSingle { parser throws(EventPatternError) in
                .string(try parser.operand("exact match pattern must be a string"))
            }
        case "prefix":
            return try parseAffix("prefix", plain: ValueMatcher.prefix, folded: ValueMatcher.prefixIgnoreCase)
        case "suffix":
            return try parseAffix("suffix", plain: ValueMatcher.suffix, folded: ValueMatcher.suffixIgnoreCase)
        case "equals-ignore-case":
            return try parseSingle { parser throws(EventPatternError) in
                .equalsIgnoreCase(FoldedText(try parser.operand("equals-ignore-case match pattern must be a string")))
            }
        case "wildcard":
            return try parseSingle { parser throws(EventPatternError) in
                let text = try parser.operand("wildcard match pattern must be a string")
                return .wildcard(try parser.wildcard(text))
            }
        case "cidr":
            return try parseSingle { parser throws(EventPatternError) in
                // Sic: AWS names prefix here.
                let text = try parser.operand("prefix match pattern must be a string")
                return .cidr(try parser.addressBlock(text))
            }
        case "exists": return try parseSingle { parser throws(EventPatternError) in try parser.parseExists() }
        case "numeric": return try parseNumeric()
        case "anything-but": return .anythingBut(try parseAnythingBut())
        case let unknown:
            throw refuse("Unrecognized match type \(unknown)", hint: Self.suggestion(for: unknown))
        }
    }

    /// Reads an operand and the end of the operator's object.
    private mutating func parseSingle(
        _ parseOperand: (inout PatternParser) throws(EventPatternError) -> ValueMatcher
    ) throws(EventPatternError) -> ValueMatcher {
        let matcher = try parseOperand(&self)
        try endOperator()
        return matcher
    }

    private mutating func endOperator() throws(EventPatternError) {
        guard try next() == .objectEnd else {
            throw refuse(
                "Only one key allowed in match expression",
                hint: "an array means or; there is no and on one field")
        }
    }

    /// Reads a string operand.
    private mutating func operand(_ refusal: String) throws(EventPatternError) -> [UInt8] {
        guard try next() == .string else {
            throw refuse(refusal, hint: "for several values write one operator for each into the field's array")
        }
        return try string()
    }

    /// `prefix` and `suffix`, plain or with `equals-ignore-case` inside.
    private mutating func parseAffix(
        _ name: String, plain: ([UInt8]) -> ValueMatcher, folded: (FoldedText) -> ValueMatcher
    ) throws(EventPatternError) -> ValueMatcher {
        let token = try next()
        if token == .string {
            let matcher = plain(try string())
            try endOperator()
            return matcher
        }
        guard token == .objectStart else {
            throw refuse(
                "\(name) match pattern must be a string",
                hint: "for several values write one operator for each into the field's array")
        }
        guard try next() == .name else {
            throw refuse("\(name == "prefix" ? "Prefix" : "Suffix") expression name not found", hint: nil)
        }
        guard unescapedName == Array("equals-ignore-case".utf8) else {
            throw refuse(
                "Unsupported \(name) pattern: \(String(decoding: unescapedName, as: UTF8.self))",
                hint: "only equals-ignore-case may stand inside \(name)")
        }
        let text = try operand("equals-ignore-case match pattern must be a string")
        try endOperator()
        try endOperator()
        return folded(FoldedText(text))
    }

    private mutating func parseExists() throws(EventPatternError) -> ValueMatcher {
        switch try next() {
        case .true: return .exists(true)
        case .false: return .exists(false)
        default: throw refuse("exists match pattern must be either true or false.", hint: nil)
        }
    }

    func wildcard(_ text: [UInt8]) throws(EventPatternError) -> Wildcard {
        do throws(Wildcard.Fault) {
            return try Wildcard(text)
        } catch {
            throw refuse(error.message, hint: #"for a star or a backslash itself write \\* or \\\\ in the JSON text"#)
        }
    }

    /// `ADDRESS/BITS` (CIDR.java). Faults come without a place.
    private func addressBlock(_ text: [UInt8]) throws(EventPatternError) -> AddressBlock {
        let hint = "write an address and a number of bits, like 10.0.0.0/8; for one address leave out the bits"
        // As Java's split: what is empty at the end does not count.
        var parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        while parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        guard parts.count == 2 else { throw refuseWithoutPlace("Malformed CIDR, one '/' required", hint: hint) }
        guard let bits = Int32(String(decoding: parts[1], as: UTF8.self)) else {
            throw refuseWithoutPlace("Malformed CIDR, mask bits must be an integer", hint: hint)
        }
        guard bits >= 0 else { throw refuseWithoutPlace("Malformed CIDR, mask bits must not be negative", hint: hint) }
        let literal = Array(parts[0])
        guard let address = IPAddress(literal.span) else {
            let kind = IPAddress.looksLikeAddress(literal.span) ? "Invalid" : "Nonstandard"
            throw refuseWithoutPlace("\(kind) IP address: \(String(decoding: literal, as: UTF8.self))", hint: hint)
        }
        guard bits < address.width else {
            let family = address.family == .v4 ? "IPv4" : "IPv6"
            throw refuseWithoutPlace("\(family) mask bits must be < \(address.width)", hint: hint)
        }
        return AddressBlock(address, prefixLength: Int(bits))
    }

    private static let names = [
        "exactly", "prefix", "suffix", "equals-ignore-case", "wildcard", "cidr", "exists", "numeric", "anything-but",
    ]

    private static func suggestion(for name: String) -> String {
        if let known = names.first(where: { $0 == name.lowercased() }) { return "write \(known)" }
        return "the operators are \(names.joined(separator: ", "))"
    }
}
