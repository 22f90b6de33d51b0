/// RFC 3986 percent-encoding in the one form that Signature Version 4 knows: everything but the unreserved
/// characters is written `%XY` with upper-case digits.
package enum PercentEncoding {
    /// Appends `byte` to `text`, encoded unless it is unreserved or equals `keeping`.
    static func append(_ byte: UInt8, to text: inout [UInt8], keeping: UInt8? = nil) {
        if isUnreserved(byte) || byte == keeping {
            text.append(byte)
        } else {
            text.append(UInt8(ascii: "%"))
            text.append(upperCaseDigit(byte >> 4))
            text.append(upperCaseDigit(byte & 15))
        }
    }

    /// `bytes` as text, every byte that is not unreserved encoded.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var encoded: [UInt8] = []
        for byte in bytes { append(byte, to: &encoded) }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// `text` with every well-formed `%XY` replaced by its byte; a `%` that begins none stays as it is.
    static func decode(_ text: some Sequence<UInt8>) -> [UInt8] {
        let text = Array(text)
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count)
        var i = 0
        while i < text.count {
            if text[i] == UInt8(ascii: "%"), i + 2 < text.count,
                let high = digitValue(text[i + 1]), let low = digitValue(text[i + 2])
            {
                decoded.append(high << 4 | low)
                i += 3
            } else {
                decoded.append(text[i])
                i += 1
            }
        }
        return decoded
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func upperCaseDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func digitValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
