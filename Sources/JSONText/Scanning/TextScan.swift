/// Checks escapes and UTF-8, one sequence at a time, in the blocks that have any.
struct TextScan {
    /// Whether some string has an escape.
    private(set) var hasEscapes = false
    /// Offset up to which UTF-8 has been checked.
    private var checked = 0

    /// Returns whether the escapes and the UTF-8 at these positions of the block at `address` are right; `offset` is the
    /// block's in the event.
    @inline(never)
    mutating func check(
        at address: UnsafePointer<UInt8>, offset: Int, escapes: UInt64, nonASCII: UInt64
    ) -> Bool {
        if escapes | nonASCII == 0 { return true }
        if escapes != 0 { hasEscapes = true }
        let end = unsafe Self.check(at: address, escapes: escapes, nonASCII: nonASCII, from: checked - offset)
        checked = max(checked, offset + end)
        return end >= 0
    }

    @inline(__always)
    static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// Checks what follows the backslashes at `escapes` and the UTF-8 at `nonASCII`, but for the bytes before `start`,
    /// which an earlier block has covered. Returns where the last sequence ends, or -1 if something is wrong.
    private static func check(
        at address: UnsafePointer<UInt8>, escapes: UInt64, nonASCII: UInt64, from start: Int
    ) -> Int {
        var rest = escapes
        while rest != 0 {
            let position = rest.trailingZeroBitCount
            rest &= rest &- 1
            guard unsafe isEscape(address + position + 1) else { return -1 }
        }
        rest = nonASCII
        var end = max(start, 0)
        if end > 0 { rest &= ~0 << UInt64(end) }
        while rest != 0 {
            let position = rest.trailingZeroBitCount
            let length = unsafe sequenceLength(at: address + position)
            guard length > 0 else { return -1 }
            end = position + length
            rest &= ~0 << UInt64(end)
        }
        return end
    }

    /// Whether the bytes at `address`, behind a backslash, make an escape.
    private static func isEscape(_ address: UnsafePointer<UInt8>) -> Bool {
        switch unsafe address[0] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        case UInt8(ascii: "u"):
            for index in 1...4 {
                let byte = unsafe address[index]
                let isDigit = byte &- UInt8(ascii: "0") < 10
                let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 6
                if !isDigit, !isLetter { return false }
            }
            return true
        default: return false
        }
    }

    /// The length of the well-formed UTF-8 sequence (RFC 3629) of more than one byte at `address`, or 0.
    private static func sequenceLength(at address: UnsafePointer<UInt8>) -> Int {
        let lead = unsafe address[0]
        let second = unsafe address[1]
        switch lead {
        case 0xC2...0xDF: return second & 0xC0 == 0x80 ? 2 : 0
        case 0xE0...0xEF:
            let least: UInt8 = lead == 0xE0 ? 0xA0 : 0x80
            let most: UInt8 = lead == 0xED ? 0x9F : 0xBF
            return unsafe second >= least && second <= most && address[2] & 0xC0 == 0x80 ? 3 : 0
        case 0xF0...0xF4:
            let least: UInt8 = lead == 0xF0 ? 0x90 : 0x80
            let most: UInt8 = lead == 0xF4 ? 0x8F : 0xBF
            let tail = unsafe address[2] & 0xC0 == 0x80 && address[3] & 0xC0 == 0x80
            return second >= least && second <= most && tail ? 4 : 0
        default: return 0
        }
    }
}
