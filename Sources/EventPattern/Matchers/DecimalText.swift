/// The exact value of a number's text: `digits` · 10^`exponent`, without leading or trailing zeros.
struct DecimalText: Hashable {
    var isNegative: Bool
    /// At most 19 digits; 0 has none.
    var digits: UInt64
    var exponent: Int

    /// How many digits a double can ever need.
    private static let significantDigits = 17

    /// Reads a number in JSON's form, or in that of `Double.description`. Nil when it has more significant digits than
    /// any double's shortest decimal, or an exponent out of all proportion.
    init?(_ text: Span<UInt8>) {
        var index = 0
        isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        digits = 0
        exponent = 0
        var count = 0
        var zeros = 0
        var isFraction = false
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: ".") {
                isFraction = true
            } else if let digit = byte.decimalDigitValue {
                if isFraction { exponent -= 1 }
                if digit == 0 {
                    // A zero counts only when another digit follows it.
                    if count > 0 { zeros += 1 }
                } else {
                    guard count + zeros < Self.significantDigits else { return nil }
                    for _ in 0..<zeros { digits *= 10 }
                    digits = digits * 10 + UInt64(digit)
                    count += zeros + 1
                    zeros = 0
                }
            } else {
                break
            }
            index += 1
        }
        exponent += zeros
        if digits == 0 {
            exponent = 0
            return
        }
        guard index < text.count else { return }
        guard let power = Self.exponent(text, from: index + 1) else { return nil }
        exponent += power
    }

    /// The number after the `e`; nil when no double has an exponent that large.
    private static func exponent(_ text: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        var isNegative = false
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        var value = 0
        while index < text.count, let digit = text[index].decimalDigitValue {
            value = value * 10 + Int(digit)
            // A number has at most 1,000 digits, so a larger exponent cannot be made up for by them.
            if value > 10_000 { return nil }
            index += 1
        }
        return isNegative ? -value : value
    }
}

extension DecimalText {
    /// The decimal that Java writes for `value` (a finite number): the shortest one *strictly* inside the interval of
    /// numbers that round to it, with at least two digits. `Double.description` is the same but for two things: it
    /// takes the ends of the interval (1e23 lies exactly between two doubles), and it may have one digit only (5e-324,
    /// where Java writes 4.9E-324).
    init(shortestOf value: Double) {
        let text = DecimalText(Array(value.description.utf8).span)
        // `description` never has more than 17 significant digits.
        self = text ?? DecimalText(isNegative: false, digits: 0, exponent: 0)
        if isTie { self = Self.insideTie(value) }
        if digits < 10 { refineSubnormal(value) }
    }

    private init(isNegative: Bool, digits: UInt64, exponent: Int) {
        self.isNegative = isNegative
        self.digits = digits
        self.exponent = exponent
    }

    /// Whether the value lies exactly between two doubles: a whole number whose odd part has 54 bits. (A fraction of
    /// that form has more digits than the double next to it needs, and is never the shortest.)
    private var isTie: Bool {
        guard digits > 0, exponent > 0 else { return false }
        var odd = digits >> UInt64(digits.trailingZeroBitCount)
        for _ in 0..<exponent {
            if odd >> 54 > 0 { return false }
            odd *= 5
        }
        return odd >> 53 == 1
    }

    /// The shortest decimal of a whole double whose neighbour is as near to a shorter decimal: 16 or 17 digits.
    private static func insideTie(_ value: Double) -> DecimalText {
        let whole = UInt128(value.magnitude)
        var scale: UInt128 = 1
        var exponent = 0
        while whole / scale >= 10_000_000_000_000_000 {
            scale *= 10
            exponent += 1
        }
        for _ in 0..<2 {
            let digits = (whole + scale / 2) / scale
            if let back = Double("\(digits)e\(exponent)"), back == value.magnitude {
                var result = DecimalText(isNegative: value < 0, digits: UInt64(digits), exponent: exponent)
                result.dropTrailingZeros()
                if !result.isTie { return result }
            }
            scale /= 10
            exponent -= 1
        }
        return DecimalText(isNegative: value < 0, digits: UInt64(whole / max(scale, 1)), exponent: exponent)
    }

    /// The nearest decimal of two digits, for doubles so small that it differs from the one of one digit.
    private mutating func refineSubnormal(_ value: Double) {
        let steps = value.magnitude.bitPattern
        guard steps > 0, steps < 1_000 else { return }
        var tenths = Double(steps) * 4.940656458412465 * 10
        var power = -325
        while tenths >= 100 {
            tenths /= 10
            power += 1
        }
        digits = UInt64(tenths.rounded())
        exponent = power
        dropTrailingZeros()
    }

    private mutating func dropTrailingZeros() {
        while digits > 0, digits % 10 == 0 {
            digits /= 10
            exponent += 1
        }
    }
}

extension UInt8 {
    /// 0 to 9, or nil.
    @inline(__always)
    var decimalDigitValue: UInt8? {
        self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") ? self - UInt8(ascii: "0") : nil
    }
}
