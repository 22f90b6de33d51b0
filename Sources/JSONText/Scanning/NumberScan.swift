/// Checks numbers and literals (RFC 8259, sections 3 and 6), one block of 64 bytes after the other.
///
/// Each property but the last two is 0 or 1 and speaks of the byte before the block.
@safe
struct NumberScan {
    /// It was a digit; a sign or a point; a zero that starts a number.
    private var digit: UInt64 = 0
    private var sign: UInt64 = 0
    private var zero: UInt64 = 0
    /// It was a point, or a run of the fraction's digits reached the end of the block.
    private var fraction: UInt64 = 0
    /// Whether something of an exponent or literal reaches into the block.
    private var isExponentPending = false
    private let rare: UnsafeMutablePointer<RareScan>

    init(rare: UnsafeMutablePointer<RareScan>) { unsafe self.rare = rare }

    /// The positions at which something is wrong.
    ///
    /// - Parameters:
    ///   - found: where numbers and literals are.
    ///   - address: of the block; readable to 16 bytes behind it.
    @inline(__always)
    mutating func check(_ found: StructureFindings, of block: ByteBlock, at address: UnsafePointer<UInt8>) -> UInt64 {
        let scalars = found.scalars
        let inner = scalars & found.behindScalars
        let digits = block.digits & scalars
        let points = block.equal(to: UInt8(ascii: ".")) & scalars
        let minuses = block.equal(to: UInt8(ascii: "-")) & scalars
        let behindDigit = digits &<< 1 | digit
        let behindPoint = points &<< 1 | fraction
        digit = digits &>> 63

        var signs = minuses | points
        var innerMinuses = minuses & inner
        var innerDigits = behindDigit | behindPoint
        var wrong = points & ~behindDigit
        let others = scalars & ~(digits | signs)
        if others != 0 || isExponentPending {
            let found = unsafe rare.pointee.exponents.check(
                scalars, inner: inner, behindDigit: behindDigit, at: address)
            isExponentPending = found.isPending
            wrong |= found.wrong
            signs |= found.pluses
            innerMinuses &= ~found.places
            innerDigits |= found.places
        }
        wrong |= innerMinuses | (signs &<< 1 | sign) & ~digits
        sign = signs &>> 63
        let leadingZeros = block.equal(to: UInt8(ascii: "0")) & digits & ~innerDigits
        wrong |= (leadingZeros &<< 1 | zero) & digits
        zero = leadingZeros &>> 63
        // Added to a run of digits, a bit at its start moves behind its end, where no second point may stand.
        let (sum, overflow) = digits.addingReportingOverflow(behindPoint)
        fraction = points &>> 63 | (overflow ? 1 : 0)
        return wrong | (sum & ~digits & points)
    }
}
