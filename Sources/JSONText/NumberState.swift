/// The grammar of numbers and literals (RFC 8259, sections 3 and 6) for one block of 64 bytes after the other, and what is
/// carried between them. Each property is 0 or 1 and speaks of the byte before the block.
struct NumberState {
    /// It was a digit; a sign; the sign of the whole number; a fraction's point; a zero that starts the number; an
    /// exponent's letter, or its sign.
    private var digit: UInt64 = 0
    private var sign: UInt64 = 0
    private var minus: UInt64 = 0
    private var point: UInt64 = 0
    private var zero: UInt64 = 0
    private var exponent: UInt64 = 0
    private var exponentSign: UInt64 = 0
    /// A run of the fraction's, or of the exponent's, digits reached the end of the block.
    private var inFraction: UInt64 = 0
    private var inExponent: UInt64 = 0
    /// How many bytes at the start of the block belong to a literal.
    private var literal: UInt64 = 0

    /// Returns the positions at which something is wrong.
    ///
    /// - Parameters:
    ///   - scalars: the positions outside strings that are not structure; white space is taken out of them.
    ///   - blanks: gets the white space.
    ///   - behindScalar: 1 if the byte before the block was in `scalars`.
    ///   - live: the positions that count.
    ///   - address: of the block; readable to 16 bytes behind it.
    @inline(__always)
    mutating func check(
        _ scalars: inout UInt64, blanks: inout UInt64, of block: ByteBlock, behindScalar: UInt64, live: UInt64,
        at address: UnsafePointer<UInt8>
    ) -> UInt64 {
        let digits = block.digits & scalars
        let points = block.equal(to: UInt8(ascii: ".")) & scalars
        let minuses = block.equal(to: UInt8(ascii: "-")) & scalars
        let zeros = block.equal(to: UInt8(ascii: "0"))

        let behindDigit = digits &<< 1 | digit
        digit = digits &>> 63
        var signs = minuses
        var exponents: UInt64 = 0
        var behindExponent: UInt64 = 0
        var wrong: UInt64 = 0
        var literals: UInt64 = 0
        let others = scalars & ~(digits | points | minuses)
        if (others & live) | exponent | literal != 0 {
            blanks = Self.blanks(of: block) & scalars
            scalars &= ~blanks
            let pluses = block.equal(to: UInt8(ascii: "+")) & scalars
            exponents = block.equal(to: UInt8(ascii: "e"), setting: 0x20) & behindDigit & scalars
            behindExponent = exponents &<< 1 | exponent
            exponent = exponents &>> 63
            signs |= pluses
            wrong |= (pluses & ~behindExponent) | (behindExponent & ~(digits | signs))
            let unknown = others & ~(blanks | pluses | exponents)
            let literalStarts = scalars & ~(scalars &<< 1 | behindScalar) & unknown & live
            (literals, literal) = unsafe Self.checkLiterals(literalStarts, spilled: literal, at: address)
            wrong |= unknown & ~literals
        }

        let starts = scalars & ~(scalars &<< 1 | behindScalar) & ~literals
        wrong |= starts & ~(digits | minuses)
        wrong |= minuses & ~(starts | behindExponent)
        let behindSign = signs &<< 1 | sign
        sign = signs &>> 63
        wrong |= behindSign & ~digits
        let ownSigns = minuses & starts
        let firstDigits = digits & (starts | ownSigns &<< 1 | minus)
        minus = ownSigns &>> 63
        let leadingZeros = zeros & firstDigits
        wrong |= (leadingZeros &<< 1 | zero) & digits
        zero = leadingZeros &>> 63
        let behindPoint = points &<< 1 | point
        point = points &>> 63
        wrong |= (points & ~behindDigit) | (behindPoint & ~digits)

        // Added to a run of digits, a bit at its start moves behind its end.
        let (sum, overflow) = (behindPoint & digits).addingReportingOverflow(digits)
        let (fractions, carried) = sum.addingReportingOverflow(inFraction)
        inFraction = overflow || carried ? 1 : 0
        wrong |= fractions & ~digits & points
        if behindExponent | exponentSign | inExponent != 0 {
            let exponentSigns = signs & behindExponent
            let firsts = digits & (behindExponent | exponentSigns &<< 1 | exponentSign)
            exponentSign = exponentSigns &>> 63
            let (sum, overflow) = firsts.addingReportingOverflow(digits)
            let (ends, carried) = sum.addingReportingOverflow(inExponent)
            inExponent = overflow || carried ? 1 : 0
            wrong |= ends & ~digits & (points | exponents)
        }
        return wrong
    }

    /// The bytes of `true`, `false` and `null` that begin at `starts`, where a literal that is misspelt, or that goes on
    /// with another character, has none; and how many of them lie behind the block, as `spilled` did before it.
    @inline(never)
    private static func checkLiterals(
        _ starts: UInt64, spilled: UInt64, at address: UnsafePointer<UInt8>
    ) -> (literals: UInt64, spilling: UInt64) {
        var literals: UInt64 = (1 &<< spilled) &- 1
        var spilling: UInt64 = 0
        var rest = starts & ~literals
        while rest != 0 {
            let position = rest.trailingZeroBitCount
            rest &= rest &- 1
            let length = unsafe literalLength(at: address + position)
            if length == 0 { continue }
            let mask: UInt64 = (1 &<< UInt64(length)) &- 1
            literals |= mask << UInt64(position)
            if position + length > 64 { spilling = UInt64(position + length - 64) }
        }
        return (literals, spilling)
    }

    private static func literalLength(at address: UnsafePointer<UInt8>) -> Int {
        let word = unsafe UnsafeRawPointer(address).loadUnaligned(as: UInt32.self).littleEndian
        let length: Int
        switch word {
        case 0x6575_7274, 0x6C6C_756E: length = 4  // "true", "null"
        case 0x736C_6166 where unsafe address[4] == UInt8(ascii: "e"): length = 5  // "fals"
        default: return 0
        }
        switch unsafe address[length] {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x09, 0x0A, 0x0D: return length
        default: return 0
        }
    }

    private static func blanks(of block: ByteBlock) -> UInt64 {
        block.equal(to: 0x20) | block.equal(to: 0x0A) | block.equal(to: 0x0D) | block.equal(to: 0x09)
    }
}
