internal import EventPattern

/// A number of an event: its double, and whether it can be compared (``ComparableNumber``), told only when asked.
///
/// A number can be compared if it is exactly the shortest decimal of its double. That costs more than reading it, and
/// matters only once a test is satisfied otherwise.
struct NumberText {
    /// The double nearest to the text.
    let value: Double
    /// The decimal digits as a whole number, and the power of ten by which it is to be divided.
    private let digits: UInt64
    private let scale: Int
    private let state: State

    private enum State {
        case comparable
        /// 16 or 17 digits: `isShortest` decides.
        case unsure
    }

    private static let powersOfTen: [Double] = (0...22).map { power in
        (0..<power).reduce(1) { product, _ in product * 10 }
    }

    /// Reads an RFC 8259 number. Nil if it cannot be compared, as far as that is found without effort, or is of a sort
    /// that is left to `ComparableNumber`, in which case `isOther` is set.
    @inline(__always)
    init?(_ text: UnsafePointer<UInt8>, _ count: Int, isOther: inout Bool) {
        var index = unsafe text[0] == UInt8(ascii: "-") ? 1 : 0
        let isNegative = index == 1
        var digits: UInt64 = 0
        var length = 0
        var point = -1
        while index < count {
            let byte = unsafe text[index]
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10 {
                digits = digits &* 10 &+ UInt64(digit)
                // Leading zeros are no digits of the number.
                length &+= digits == 0 ? 0 : 1
            } else if byte == UInt8(ascii: ".") {
                point = index &+ 1
            } else {
                isOther = true
                return nil
            }
            index &+= 1
        }
        var scale = point < 0 ? 0 : count &- point
        if length > 19 || scale > 22 {
            isOther = true
            return nil
        }
        while scale > 0, digits > 999_999_999_999_999 || scale > 15, digits % 10 == 0 {
            digits /= 10
            scale -= 1
        }
        self.digits = digits
        self.scale = scale
        if digits <= 999_999_999_999_999 {
            let magnitude = Double(digits) / Self.power(scale)
            value = isNegative && digits != 0 ? -magnitude : magnitude
            state = .comparable
            return
        }
        guard scale > 0, digits <= 99_999_999_999_999_999, let magnitude = Self.quotient(digits, scale) else {
            isOther = true
            return nil
        }
        value = isNegative ? -magnitude : magnitude
        state = .unsure
    }

    @inline(__always)
    private static func power(_ scale: Int) -> Double {
        powersOfTen[scale]
    }

    /// Whether the number is the shortest decimal of `value`; nil if that is left to `ComparableNumber`.
    func isComparable() -> Bool? {
        if state == .comparable { return true }
        let magnitude = value.magnitude
        // One digit less: is one of the two neighbours in the same double's interval?
        guard let below = Self.quotient(digits / 10, scale - 1),
            let above = Self.quotient(digits / 10 + 1, scale - 1)
        else { return nil }
        if below == magnitude || above == magnitude { return false }
        // Of the decimals with as many digits, is it the nearest?
        let shift = 52 - Int(magnitude.exponent) - scale
        guard shift > 1, shift < 126 else { return nil }
        let significand = magnitude.significandBitPattern | 1 << 52
        let product = significand.multipliedFullWidth(by: Self.powersOfFive[scale])
        let scaled = UInt128(product.high) << 64 | UInt128(product.low)
        let nearest = scaled >> UInt128(shift)
        let rest = scaled & (1 << UInt128(shift) - 1)
        let half: UInt128 = 1 << UInt128(shift - 1)
        if rest == half { return nil }
        return UInt128(digits) == nearest + (rest > half ? 1 : 0)
    }

    private static let powersOfFive: [UInt64] = (0...22).map { power in
        (0..<power).reduce(1) { product, _ in product * 5 }
    }

    /// `digits` / 10^`scale`, correctly rounded; nil if it lies exactly between two doubles.
    private static func quotient(_ digits: UInt64, _ scale: Int) -> Double? {
        // Both are shifted up so that the quotient of 128 by 64 bits has 63 or 64 bits; what is left over rounds.
        let divisor = powersOfFive[scale]
        let divisorShift = divisor.leadingZeroBitCount
        let digitsShift = digits.leadingZeroBitCount
        let high = (digits << UInt64(digitsShift)) >> 1
        let low = (digits << UInt64(digitsShift)) << 63
        let (quotient, remainder) = (divisor << UInt64(divisorShift)).dividingFullWidth((high, low))
        let excess = UInt64(64 - 53 - quotient.leadingZeroBitCount)
        let kept = quotient >> excess
        let rest = quotient & (1 << excess - 1)
        let half: UInt64 = 1 << (excess - 1)
        if rest == half, remainder == 0 { return nil }
        let rounded = kept + (rest > half || (rest == half && remainder > 0) ? 1 : 0)
        // digits · 2^digitsShift / 2 · 2^64 = quotient · divisor · 2^divisorShift
        let exponent = Int(excess) + divisorShift - digitsShift + 1 - 64 - scale
        return Double(sign: .plus, exponent: exponent, significand: Double(rounded))
    }

    /// `value` as a whole number in the same order.
    static func orderKey(_ value: Double) -> Int64 {
        let bits = Int64(bitPattern: value.bitPattern)
        return bits ^ (bits >> 63 & Int64.max)
    }
}
