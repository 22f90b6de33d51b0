internal import JSONText

/// `numeric`: `["=", n]`, one bound, or a lower and then an upper bound (JRC, processNumericMatchExpression).
extension PatternParser {
    mutating func parseNumeric() throws(EventPatternError) -> ValueMatcher {
        guard try next() == .arrayStart else {
            throw refuse("Value of numeric must be an array.", hint: #"write {"numeric":[">",0,"<=",5]}"#)
        }
        let matcher = try parseComparison()
        guard try next() == .objectEnd else { throw tooManyElements() }
        return matcher
    }

    private func tooManyElements() -> EventPatternError {
        refuse("Too many elements in numeric expression", hint: "a range has its lower bound first: [\">\",0,\"<\",5]")
    }

    /// The members of the array, up to its end.
    private mutating func parseComparison() throws(EventPatternError) -> ValueMatcher {
        let token = try next()
        guard token == .string else {
            let found = try text(of: token)
            throw refuse(
                "Invalid member in numeric match: \(found)", hint: "first an operator, then a number")
        }
        let comparison = try text(of: token)
        let operand = try next()
        switch comparison {
        case "=":
            let number = try numberText("equals", operand)
            try endComparison()
            return .number(try comparable(number))
        case "<", "<=":
            let number = try numberText(comparison, operand)
            try endComparison()
            let bound = NumericRange.Bound(number: try comparable(number), isIncluded: comparison == "<=")
            return .numeric(NumericRange(lower: nil, upper: bound))
        case ">", ">=":
            return .numeric(try parseRange(from: try numberText(comparison, operand), isIncluded: comparison == ">="))
        default:
            throw refuse(
                "Unrecognized numeric range operator: \(comparison)", hint: "the operators are =, <, <=, >, >=")
        }
    }

    private mutating func endComparison() throws(EventPatternError) {
        guard try next() == .arrayEnd else { throw tooManyElements() }
    }

    /// What follows a lower bound: nothing, or an upper bound.
    private mutating func parseRange(
        from lower: [UInt8], isIncluded: Bool
    ) throws(EventPatternError) -> NumericRange {
        let token = try next()
        if token == .arrayEnd {
            return NumericRange(
                lower: NumericRange.Bound(number: try comparable(lower), isIncluded: isIncluded), upper: nil)
        }
        guard token == .string else {
            let found = try text(of: token)
            throw refuse(
                "Bad value in numeric range: \(found)", hint: "after the lower bound follows < or <=")
        }
        let comparison = try text(of: token)
        guard comparison == "<" || comparison == "<=" else {
            throw refuse(
                "Bad numeric range operator: \(comparison)", hint: "after the lower bound follows < or <=")
        }
        let operand = try next()
        let upper = try numberText(comparison, operand)
        guard try next() == .arrayEnd else { throw refuse("Too many terms in numeric range expression", hint: nil) }
        let bottom = try comparable(lower)
        let top = try comparable(upper)
        guard bottom < top else {
            throw refuse("Bottom must be less than top", hint: "for one number write [\"=\",n]")
        }
        return NumericRange(
            lower: NumericRange.Bound(number: bottom, isIncluded: isIncluded),
            upper: NumericRange.Bound(number: top, isIncluded: comparison == "<="))
    }

    /// The text of a number that must follow an operator.
    private func numberText(_ comparison: String, _ token: JSONToken?) throws(EventPatternError) -> [UInt8] {
        guard token == .number else {
            throw refuse("Value of \(comparison) must be numeric", hint: "write a number, without quotes")
        }
        return Array(bytes[tokenizer.range])
    }

    private func comparable(_ text: [UInt8]) throws(EventPatternError) -> ComparableNumber {
        guard let number = ComparableNumber(text.span) else { throw refuse(notComparable(text), hint: Self.numberHint) }
        return number
    }

    func notComparable(_ text: [UInt8]) -> String {
        "Cannot compare number : \(String(decoding: text, as: UTF8.self))"
    }

    static let numberHint = "a number that no double holds exactly matches its own spelling only, as a plain value"
}
