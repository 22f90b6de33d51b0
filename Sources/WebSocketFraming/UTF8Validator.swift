/// Checks text that comes in pieces against UTF-8 (RFC 3629), and fails at the first byte that no valid text could
/// have there. Overlong forms, surrogates and code points above U+10FFFF are refused.
///
/// The only state between two bytes is how many continuation bytes are still to come, and the range of the next one.
package struct UTF8Validator: Sendable {
    private var pending: UInt8 = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    package init() {}

    /// Whether the text may end here: no character is half read.
    package var isComplete: Bool { pending == 0 }

    /// Whether the text is still valid with `bytes` after what was consumed before.
    package mutating func consume(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices {
            let byte = bytes[index]
            if pending == 0 {
                if byte < 0x80 { continue }
                guard begin(byte) else { return false }
            } else {
                guard lowest <= byte, byte <= highest else { return false }
                pending -= 1
                lowest = 0x80
                highest = 0xBF
            }
        }
        return true
    }

    /// The first byte of a character of several; the second one's range is narrower after E0, ED, F0 and F4.
    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF: pending = 1
        case 0xE0...0xEF: pending = 2
        case 0xF0...0xF4: pending = 3
        default: return false
        }
        switch byte {
        case 0xE0: lowest = 0xA0
        case 0xED: highest = 0x9F
        case 0xF0: lowest = 0x90
        case 0xF4: highest = 0x8F
        default: break
        }
        return true
    }
}
