internal import EventPattern

/// A number of an event: its double, and whether it can be compared (``ComparableNumber``), told only when asked.
///
/// A number can be compared if it is exactly the shortest decimal of its double. That costs more than reading it, and
/// matters only once a test is satisfied otherwise.
struct NumberText {
    /// The double nearest to the text, if `state` says that there is one.
    private(set) var value = 0.0
    private(set) var state = State.incomparable
    /// The number is `digits` / 10^`scale`.
    private var digits: UInt64 = 0
    private var scale: Int32 = 0

    enum State {
        case comparable
        /// 16 or 17 digits: only ``resolve(_:_:)`` can tell.
        case unsure
        case incomparable
    }

    /// What a value has that is not a number.
    init() {}

    /// Reads the RFC 8259 number at `text`, which does not end with it, and of which `available` bytes can be read; sets
    /// `length` to that of the number.
    @inline(__always)
    init(_ text: UnsafePointer<UInt8>, available: Int, length: inout Int) {
        let isNegative = unsafe text[0] == UInt8(ascii: "-")
        var place = isNegative ? 1 : 0
        var count = 0 &- place
        // Most numbers have few digits before the point, for which one by one is fastest.
        var digit = unsafe text[place] &- UInt8(ascii: "0")
        repeat {
            digits = digits &* 10 &+ UInt64(digit)
            place &+= 1
            digit = unsafe text[place] &- UInt8(ascii: "0")
        } while digit < 10
        count &+= place
        if unsafe text[place] == UInt8(ascii: ".") {
            place &+= 1
            let point = place
            unsafe Self.readDigits(text, &place, available, into: &digits)
            scale = Int32(truncatingIfNeeded: place &- point)
            count &+= place &- point
        }
        length = place
        let isPlain = unsafe text[place] | 0x20 != UInt8(ascii: "e")
        if isPlain, digits <= 999_999_999_999_999, count <= 16 {
            let whole = Double(digits)
            let magnitude = scale == 0 ? whole : whole / NumberTables.powerOfTen(Int(scale))
            value = isNegative && digits != 0 ? -magnitude : magnitude
            state = .comparable
        } else if isPlain, count <= 18, scale > 0, digits > 999_999_999_999_999, digits <= 99_999_999_999_999_999,
            unsafe text[place &- 1] != UInt8(ascii: "0"),
            let magnitude = Self.quotient(digits, Int(scale))
        {
            value = isNegative ? -magnitude : magnitude
            state = .unsure
        } else {
            unsafe readOther(text, &length)
        }
    }

    /// Leaves the number to the slower, general reader.
    @inline(never)
    private mutating func readOther(_ text: UnsafePointer<UInt8>, _ length: inout Int) {
        while unsafe Self.isNumberByte(text[length]) { length += 1 }
        guard let number = unsafe ComparableNumber(Span(_unsafeStart: text, count: length)) else { return }
        value = number.value
        state = .comparable
    }

    private static func isNumberByte(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || byte | 0x20 == UInt8(ascii: "e") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
    }

    /// Appends a run of decimal digits to a number, eight at a time (D. Lemire's multiplications).
    @inline(__always)
    private static func readDigits(
        _ text: UnsafePointer<UInt8>, _ place: inout Int, _ available: Int, into digits: inout UInt64
    ) {
        while place &+ 8 <= available {
            let word = unsafe UnsafeRawPointer(text + place).loadUnaligned(as: UInt64.self).littleEndian
            let values = word ^ 0x3030_3030_3030_3030
            let others = ((values & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7676_7676_7676_7676 | values) & 0x8080_8080_8080_8080
            if others == 0 {
                digits = digits &* 100_000_000 &+ number(values)
                place &+= 8
                continue
            }
            let count = others.trailingZeroBitCount &>> 3
            if count == 0 { return }
            // Zeros in front make eight digits of fewer.
            let value = number(values &<< UInt64(truncatingIfNeeded: 64 &- count &<< 3))
            digits = digits &* NumberTables.wholePowerOfTen(count) &+ value
            place &+= count
            return
        }
        while place < available, unsafe text[place] &- UInt8(ascii: "0") < 10 {
            digits = unsafe digits &* 10 &+ UInt64(text[place] &- UInt8(ascii: "0"))
            place &+= 1
        }
    }

    /// The number of eight decimal digits, the first in the lowest byte.
    @inline(__always)
    private static func number(_ digits: UInt64) -> UInt64 {
        let pairs = (digits &* 10 &+ digits &>> 8) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs &* 100 &+ pairs &>> 16) & 0x0000_FFFF_0000_FFFF
        return (fours &* 10_000 &+ fours &>> 32) & 0xFFFF_FFFF
    }

    /// Whether the number can be compared; `text` is what it was read from.
    mutating func resolve(_ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        if state == .unsure {
            let isComparable =
                unsafe isShortest ?? (ComparableNumber(Span(_unsafeStart: text, count: length)) != nil)
            state = isComparable ? .comparable : .incomparable
        }
        return state == .comparable
    }

    /// Whether the number is the shortest decimal of `value`; nil if that is left to `ComparableNumber`.
    private var isShortest: Bool? {
        let scale = Int(scale)
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
        let product = significand.multipliedFullWidth(by: NumberTables.powerOfFive(scale))
        let scaled = UInt128(product.high) << 64 | UInt128(product.low)
        let nearest = scaled >> UInt128(shift)
        let rest = scaled & (1 << UInt128(shift) - 1)
        let half: UInt128 = 1 << UInt128(shift - 1)
        if rest == half { return nil }
        return UInt128(digits) == nearest + (rest > half ? 1 : 0)
    }

    /// `digits` / 10^`scale`, correctly rounded; nil if it lies exactly between two doubles.
    ///
    /// - Parameters:
    ///   - digits: at least 10^14, so that the result is a normal number.
    ///   - scale: from 0 to 18.
    @inline(__always)
    private static func quotient(_ digits: UInt64, _ scale: Int) -> Double? {
        let shift = UInt64(truncatingIfNeeded: digits.leadingZeroBitCount)
        let bits = NumberTables.bitsOfPowerOfFive(scale)
        // Short of the quotient by less than 2 (Eisel and Lemire), which matters only next to the middle of two doubles.
        let product = (digits &<< shift).multipliedFullWidth(by: NumberTables.reciprocalOfPowerOfFive(scale)).high
        let excess = UInt64(truncatingIfNeeded: 11 &- product.leadingZeroBitCount)
        let rest = product & (1 &<< excess &- 1)
        let half: UInt64 = 1 &<< (excess &- 1)
        if scale == 0 || half &- rest <= 2 { return exactQuotient(digits, scale) }
        let rounded = product &>> excess &+ (rest >= half ? 1 : 0)
        // digits · 2^(shift + bits - 1) = product · 5^scale
        let exponent = Int(truncatingIfNeeded: excess) &+ 1 &- Int(truncatingIfNeeded: shift) &- bits &- scale
        return double(rounded, exponent)
    }

    /// `rounded` · 2^`exponent`, where `rounded` has 53 bits, or is 2^53.
    @inline(__always)
    private static func double(_ rounded: UInt64, _ exponent: Int) -> Double {
        // If rounding has carried to 2^53, the sum carries into the exponent as it should.
        Double(bitPattern: UInt64(truncatingIfNeeded: exponent &+ 52 &+ 1023) &<< 52 &+ (rounded &- 1 &<< 52))
    }

    /// The same by division.
    @inline(never)
    private static func exactQuotient(_ digits: UInt64, _ scale: Int) -> Double? {
        // Both are shifted up so that the quotient of 128 by 64 bits has 63 or 64 bits; what is left over rounds.
        let divisor = NumberTables.powerOfFive(scale)
        let divisorShift = UInt64(truncatingIfNeeded: divisor.leadingZeroBitCount)
        let digitsShift = UInt64(truncatingIfNeeded: digits.leadingZeroBitCount)
        let high = (digits &<< digitsShift) &>> 1
        let low = (digits &<< digitsShift) &<< 63
        let (quotient, remainder) = (divisor &<< divisorShift).dividingFullWidth((high, low))
        let excess = UInt64(truncatingIfNeeded: 11 - quotient.leadingZeroBitCount)
        let rest = quotient & (1 &<< excess &- 1)
        let half: UInt64 = 1 &<< (excess &- 1)
        if rest == half, remainder == 0 { return nil }
        let rounded = quotient &>> excess &+ (rest > half || (rest == half && remainder > 0) ? 1 : 0)
        // digits · 2^(digitsShift + 63) = quotient · 5^scale · 2^divisorShift
        return double(rounded, Int(excess) &+ Int(divisorShift) &- Int(digitsShift) &- 63 &- scale)
    }

    /// `value` as a whole number in the same order.
    static func orderKey(_ value: Double) -> Int64 {
        let bits = Int64(bitPattern: value.bitPattern)
        return bits ^ (bits &>> 63 & Int64.max)
    }
}
