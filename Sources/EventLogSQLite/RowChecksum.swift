/// The checksum that each row and each event carries: with it, what is found anywhere in a damaged file is known to be
/// whole.
///
/// Four lanes of multiplying and mixing, eight bytes at a step. A change within one step never goes unseen, as each step
/// maps different words to different states; any other does with a chance of 2⁻⁶⁴. It finds accidents, not forgers.
struct RowChecksum {
    private var lanes: (UInt64, UInt64, UInt64, UInt64) = (
        0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0x2545_f491_4f6c_dd1d
    )

    @inline(__always)
    private static func mix(_ state: inout UInt64, _ word: UInt64) {
        state = (state ^ word) &* 0xff51_afd7_ed55_8ccd
        state ^= state >> 32
    }

    mutating func add(_ word: UInt64) { Self.mix(&lanes.0, word) }

    mutating func add(_ number: Int64) { add(UInt64(bitPattern: number)) }

    /// Adds the bytes and how many there are.
    mutating func add(_ bytes: [UInt8]) {
        // Bytes of numbers, without padding.
        unsafe add(bytes.span.bytes)
    }

    /// Adds the bytes and how many there are.
    mutating func add(_ bytes: borrowing RawSpan) {
        add(UInt64(bytes.byteCount))
        func word(_ bytes: borrowing RawSpan, _ offset: Int) -> UInt64 {
            // Callers stay eight bytes before the end, and any eight bytes are a number.
            unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
        }
        var offset = 0
        while offset + 32 <= bytes.byteCount {
            Self.mix(&lanes.0, word(bytes, offset))
            Self.mix(&lanes.1, word(bytes, offset + 8))
            Self.mix(&lanes.2, word(bytes, offset + 16))
            Self.mix(&lanes.3, word(bytes, offset + 24))
            offset += 32
        }
        while offset + 8 <= bytes.byteCount {
            add(word(bytes, offset))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < bytes.byteCount {
            rest = rest << 8 | UInt64(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
            offset += 1
        }
        add(rest)
    }

    /// As a column holds it.
    var value: Int64 {
        var state = lanes.0
        Self.mix(&state, lanes.1)
        Self.mix(&state, lanes.2)
        Self.mix(&state, lanes.3)
        return Int64(bitPattern: state)
    }
}
