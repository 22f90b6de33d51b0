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

    /// Appends the text form: 36 lower-case ASCII characters.
    package func appendText(to bytes: inout [UInt8]) {
        var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
        Self.write(high >> 32, digits: 8, to: &text, at: 0)
        Self.write(high >> 16, digits: 4, to: &text, at: 9)
        Self.write(high, digits: 4, to: &text, at: 14)
        Self.write(low >> 48, digits: 4, to: &text, at: 19)
        Self.write(low, digits: 12, to: &text, at: 24)
        let span = text.span
        // The pointer is read only while the span lends the text.
        unsafe span.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }

    /// Writes the lowest `digits` hexadecimal digits of `number`.
    @inline(__always)
    private static func write(_ number: UInt64, digits: Int, to text: inout InlineArray<36, UInt8>, at place: Int) {
        var rest = number
        for index in stride(from: place + digits - 1, through: place, by: -1) {
            let digit = UInt8(truncatingIfNeeded: rest & 0xf)
            text[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            rest >>= 4
        }
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
