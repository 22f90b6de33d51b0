/// The part of a number's grammar that few numbers need, and the literals: exponents, `true`, `false` and `null`, and
/// whatever does not belong there. Each property but `literal` is 0 or 1 and speaks of the byte before the block.
struct ExponentScan {
    /// It was an exponent's letter; its sign; a run of its digits reached the end of the block.
    private var letter: UInt64 = 0
    private var sign: UInt64 = 0
    private var run: UInt64 = 0
    /// How many bytes at the start of the block belong to a literal.
    private var literal: UInt64 = 0

    /// What exponents and literals change in the check of numbers.
    struct Findings {
        /// The positions at which something is wrong.
        let wrong: UInt64
        /// The positions of `+`, behind which a digit must stand.
        let pluses: UInt64
        /// The first positions of exponents, sign and digit: there a minus may stand, and a zero before other digits.
        let places: UInt64
        /// Whether something reaches into the next block.
        let isPending: Bool
    }

    /// - Parameters:
    ///   - scalars: the positions of numbers and literals.
    ///   - inner: those of them right behind another one.
    ///   - behindDigit: the positions behind digits of numbers.
    ///   - address: of the block; readable to 16 bytes behind it.
    @inline(never)
    mutating func check(
        _ scalars: UInt64, inner: UInt64, behindDigit: UInt64, at address: UnsafePointer<UInt8>
    ) -> Findings {
        let block = unsafe ByteBlock(at: address)
        let digits = block.digits & scalars
        let points = block.equal(to: UInt8(ascii: ".")) & scalars
        let minuses = block.equal(to: UInt8(ascii: "-")) & scalars
        let pluses = block.equal(to: UInt8(ascii: "+")) & scalars
        let letters = block.equal(to: UInt8(ascii: "e"), setting: 0x20) & scalars & behindDigit
        let behindLetter = letters &<< 1 | letter
        letter = letters &>> 63
        let signs = (pluses | minuses) & behindLetter
        let behindSign = signs &<< 1 | sign
        sign = signs &>> 63
        var wrong = (pluses & ~behindLetter) | (behindLetter & ~(digits | signs))

        let unknown = scalars & ~(digits | points | minuses | pluses | letters)
        let literals = unsafe spell(unknown & ~inner, at: address)
        wrong |= unknown & ~literals

        // Added to a run of digits, a bit at its start moves behind its end.
        let starts = digits & (behindLetter | behindSign) | run
        let (sum, overflow) = digits.addingReportingOverflow(starts)
        run = overflow ? 1 : 0
        wrong |= sum & ~digits & (points | letters)
        return Findings(
            wrong: wrong, pluses: pluses, places: behindLetter | behindSign,
            isPending: letter | sign | run | literal != 0)
    }

    /// The bytes of `true`, `false` and `null` that begin at `starts` or before the block, where a literal that is
    /// misspelt, or that goes on with another character, has none.
    private mutating func spell(_ starts: UInt64, at address: UnsafePointer<UInt8>) -> UInt64 {
        var literals: UInt64 = (1 &<< literal) &- 1
        literal = 0
        var rest = starts & ~literals
        while rest != 0 {
            let position = rest.trailingZeroBitCount
            rest &= rest &- 1
            let length = unsafe Self.literalLength(at: address + position)
            if length == 0 { continue }
            let mask: UInt64 = (1 &<< UInt64(length)) &- 1
            literals |= mask << UInt64(position)
            if position + length > 64 { literal = UInt64(position + length - 64) }
        }
        return literals
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
}
