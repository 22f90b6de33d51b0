/// The identity of an event: a UUID of version 7 (RFC 9562 §5.7), so ids sort by the time they were made.
package struct EventID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first eight bytes, big-endian: 48 bits of milliseconds since 1970, the version, 12 bits of counter.
    package let high: UInt64
    /// The last eight bytes, big-endian: the variant and 62 random bits.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// When the id was made, in milliseconds since 1970.
    package var time: Int64 { Int64(high >> 16) }

    /// The least id that could be made at this time.
    package static func least(at time: Int64) -> EventID {
        EventID(high: min(UInt64(clamping: time), 1 << 48 - 1) << 16, low: 0)
    }

    /// Reads the text form, in either case; nil when it is not one (`8-4-4-4-12` hexadecimal digits).
    package init?(_ text: some StringProtocol) {
        var words: (high: UInt64, low: UInt64) = (0, 0)
        var position = 0
        for byte in text.utf8 {
            if Self.isHyphen(at: position) {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, position < Self.textLength else {
                    return nil
                }
                words = (words.high << 4 | words.low >> 60, words.low << 4 | UInt64(digit))
            }
            position += 1
        }
        guard position == Self.textLength else { return nil }
        (high, low) = words
    }

    /// The length of the text form, in bytes.
    package static let textLength = 36

    /// Appends the text form.
    package func appendText(to bytes: inout [UInt8]) {
        let text = text
        let span = text.span
        // The pointer is read only while the span lends the text.
        unsafe span.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    /// The text form: 36 lower-case ASCII characters.
    package var text: InlineArray<36, UInt8> {
        var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
        let digits = (
            Self.digits(of: high >> 32), Self.digits(of: high), Self.digits(of: low >> 32), Self.digits(of: low)
        )
        for index in 0..<8 { text[index] = Self.digit(index, of: digits.0) }
        for index in 0..<4 {
            text[9 + index] = Self.digit(index, of: digits.1)
            text[14 + index] = Self.digit(4 + index, of: digits.1)
            text[19 + index] = Self.digit(index, of: digits.2)
            text[24 + index] = Self.digit(4 + index, of: digits.2)
        }
        for index in 0..<8 { text[28 + index] = Self.digit(index, of: digits.3) }
        return text
    }

    /// The eight hexadecimal digits of the lower half of `number`, the first one in the highest byte: all at once, as ids
    /// are written twice for each event that is published.
    @inline(__always)
    private static func digits(of number: UInt64) -> UInt64 {
        var digits = number & 0xffff_ffff
        digits = (digits | digits << 16) & 0x0000_ffff_0000_ffff
        digits = (digits | digits << 8) & 0x00ff_00ff_00ff_00ff
        digits = (digits | digits << 4) & 0x0f0f_0f0f_0f0f_0f0f
        let areLetters = (digits + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return digits + 0x3030_3030_3030_3030 + areLetters * UInt64(UInt8(ascii: "a") - 10 - UInt8(ascii: "0"))
    }

    @inline(__always)
    private static func digit(_ index: Int, of digits: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: digits >> UInt64(56 - 8 * index))
    }

    package var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.textLength)
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func < (left: EventID, right: EventID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static func isHyphen(at position: Int) -> Bool {
        position == 8 || position == 13 || position == 18 || position == 23
    }
}
