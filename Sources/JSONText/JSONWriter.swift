/// Writes pieces of JSON text.
public enum JSONWriter {
    /// Appends a string with its quotes. Only what RFC 8259 §7 requires is escaped; a lone surrogate in its three-byte
    /// form becomes a `\u` escape, so that the result is valid UTF-8 and reads back as the same string.
    ///
    /// - Parameter utf8: the meaning of the string, as `JSONReader.unescape` gives it. Any other invalid UTF-8 is
    ///   copied as it is.
    public static func appendString(_ utf8: some Sequence<UInt8>, to out: inout [UInt8]) {
        let isWritten: Void? = utf8.withContiguousStorageIfAvailable { bytes in
            // The storage outlives the closure's call, and so the span.
            unsafe append(string: bytes.span, to: &out)
        }
        if isWritten == nil { append(string: Array(utf8).span, to: &out) }
    }

    /// The same for a text.
    public static func appendString(_ text: String, to out: inout [UInt8]) { append(string: text.utf8.span, to: &out) }

    /// Runs without escapes are copied whole.
    private static func append(string: Span<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var copied = 0
        while true {
            let end = TextRun.endOfUnescaped(in: string, from: copied)
            out.append(string.extracting(copied..<end))
            guard end < string.count else { break }
            copied = end + append(escaping: string.extracting(droppingFirst: end), to: &out)
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Appends the character at the start of `string`, which may have to be escaped.
    ///
    /// - Returns: how many bytes it has.
    private static func append(escaping string: Span<UInt8>, to out: inout [UInt8]) -> Int {
        let byte = string[0]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            out.append(UInt8(ascii: "\\"))
            out.append(byte)
        case 0x08: out.append(contentsOf: "\\b".utf8)
        case 0x09: out.append(contentsOf: "\\t".utf8)
        case 0x0A: out.append(contentsOf: "\\n".utf8)
        case 0x0C: out.append(contentsOf: "\\f".utf8)
        case 0x0D: out.append(contentsOf: "\\r".utf8)
        case 0..<0x20:
            out.append(contentsOf: "\\u00".utf8)
            out.append(hexDigits[Int(byte >> 4)])
            out.append(hexDigits[Int(byte & 15)])
        case 0xED where string.count >= 3 && string[1] & 0xE0 == 0xA0 && string[2] & 0xC0 == 0x80:
            let unit = 0xD000 | UInt16(string[1] & 0x3F) << 6 | UInt16(string[2] & 0x3F)
            out.append(contentsOf: "\\u".utf8)
            for shift in [12, 8, 4, 0] { out.append(hexDigits[Int(unit >> UInt16(shift) & 15)]) }
            return 3
        default: out.append(byte)
        }
        return 1
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
