/// Finds the end of a run of ordinary bytes, eight bytes at a time: text is mostly runs, and what ends one is rare.
///
/// Each question is put to the eight bytes of a word at once. Its answer has the top bit set in each byte that the
/// question is about; a borrow may set bits above the first such byte, never below it, so the lowest one is exact.
package enum TextRun {
    /// The first byte at or after `start` that JSON text does not keep as it is inside a string, or that is not ASCII:
    /// a quote, a backslash, a control character or the beginning of a UTF-8 sequence. `bytes.count` when there is none.
    @inline(__always)
    static func endOfPlainText(in bytes: Span<UInt8>, from start: Int) -> Int {
        end(in: bytes, from: start) { word in
            (word.bytes(equalTo: UInt8(ascii: "\"")) | word.bytes(equalTo: UInt8(ascii: "\\")) | word.bytesBelowSpace
                | word) & UInt64.topBits
        }
    }

    /// The first byte at or after `start` that has to be looked at when a string is written: a quote, a backslash, a
    /// control character, or 0xED, which begins a surrogate's three bytes. `bytes.count` when there is none.
    @inline(__always)
    static func endOfUnescaped(in bytes: Span<UInt8>, from start: Int) -> Int {
        end(in: bytes, from: start) { word in
            word.bytes(equalTo: UInt8(ascii: "\"")) | word.bytes(equalTo: UInt8(ascii: "\\")) | word.bytesBelowSpace
                | word.bytes(equalTo: 0xED)
        }
    }

    /// The first `byte` at or after `start`; `bytes.count` when there is none.
    package static func first(_ byte: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
        end(in: bytes, from: start) { $0.bytes(equalTo: byte) }
    }

    @inline(__always)
    private static func end(in bytes: Span<UInt8>, from start: Int, _ question: (UInt64) -> UInt64) -> Int {
        var index = start
        // Unsafe for types with padding only; a byte has none.
        let raw = unsafe bytes.bytes
        while index &+ 8 <= raw.byteCount {
            // The eight bytes at `index` are inside the span: the condition of the loop, and `start` is not negative.
            let word = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            let found = question(UInt64(littleEndian: word))
            if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < bytes.count {
            // A word whose other bytes are `a`, which no question is about.
            let found = question(UInt64(bytes[index]) | 0x6161_6161_6161_6100)
            if found != 0 { return index }
            index &+= 1
        }
        return index
    }
}

extension UInt64 {
    fileprivate static var topBits: UInt64 { 0x8080_8080_8080_8080 }
    private static var ones: UInt64 { 0x0101_0101_0101_0101 }

    /// The top bit of each byte that is `byte`, exact for the lowest.
    @inline(__always)
    fileprivate func bytes(equalTo byte: UInt8) -> UInt64 {
        let difference = self ^ (Self.ones &* UInt64(byte))
        return (difference &- Self.ones) & ~difference & Self.topBits
    }

    /// The top bit of each byte below 0x20, exact for the lowest.
    @inline(__always)
    fileprivate var bytesBelowSpace: UInt64 {
        (self &- Self.ones &* 0x20) & ~self & Self.topBits
    }
}
