/// A number that EventBridge can compare: one that is exactly the shortest decimal of a finite double
/// (ComparableNumber.java). 0.1 and 1e20 are; 9007199254740993, 0.1000000000000000055, 1e23 and 1e309 are not.
///
/// A comparable number *is* its double: two are equal, or one is less, as their doubles are.
package struct ComparableNumber: Hashable, Comparable, Sendable {
    /// Finite; zero is never negative.
    package let value: Double

    private init(value: Double) {
        self.value = value == 0 ? 0 : value
    }

    /// The number with this text, in JSON's form; nil when it is not comparable.
    package init?(_ text: Span<UInt8>) {
        guard let decimal = DecimalText(text) else { return nil }
        if let exact = Self.exact(decimal) {
            self.init(value: exact)
            return
        }
        let sign = decimal.isNegative ? "-" : ""
        guard let value = Double("\(sign)\(decimal.digits)e\(decimal.exponent)"), value.isFinite,
            DecimalText(shortestOf: value) == decimal
        else { return nil }
        self.init(value: value)
    }

    package static func < (a: ComparableNumber, b: ComparableNumber) -> Bool { a.value < b.value }

    /// Powers of ten that a double holds exactly.
    private static let powersOfTen: [Double] = (0...22).map { power in
        (0..<power).reduce(1) { product, _ in product * 10 }
    }

    /// The double of a decimal of at most 15 digits with a small exponent: one correctly rounded operation on exact
    /// operands, and any decimal that short is the shortest of its double.
    private static func exact(_ decimal: DecimalText) -> Double? {
        guard decimal.digits < 1_000_000_000_000_000, decimal.exponent >= -22, decimal.exponent <= 7 else { return nil }
        let digits = Double(decimal.digits)
        let magnitude =
            decimal.exponent < 0
            ? digits / powersOfTen[-decimal.exponent] : digits * powersOfTen[decimal.exponent]
        // A product above 2^53 may not be exact.
        guard decimal.exponent <= 0 || magnitude <= 9_007_199_254_740_992 else { return nil }
        return decimal.isNegative ? -magnitude : magnitude
    }

    /// JSON text that reads back as this number, the same for all spellings of it.
    package var canonicalText: String {
        let decimal = DecimalText(shortestOf: value)
        let sign = value < 0 ? "-" : ""
        if decimal.exponent >= 0, decimal.exponent <= 6, let whole = Int64(exactly: value), abs(whole) < 1 << 53 {
            return String(whole)
        }
        let digits = String(decimal.digits)
        if decimal.exponent < 0, -decimal.exponent <= digits.utf8.count + 6 {
            let padding = String(repeating: "0", count: max(0, 1 - decimal.exponent - digits.utf8.count))
            let padded = padding + digits
            let point = padded.index(padded.endIndex, offsetBy: decimal.exponent)
            return sign + padded[..<point] + "." + padded[point...]
        }
        return decimal.exponent == 0 ? sign + digits : "\(sign)\(digits)e\(decimal.exponent)"
    }
}
