/// Writes pieces of JSON text.
public enum JSONWriter {
    /// Appends a string with its quotes. Only what RFC 8259 §7 requires is escaped; a lone surrogate in its three-byte
    /// form becomes a `\u` escape, so that the result is valid UTF-8 and reads back as the same string.
    ///
    /// - Parameter utf8: the meaning of the string, as `JSONReader.unescape` gives it. Any other invalid UTF-8 is
    ///   copied as it is.
    public static func appendString(_ utf8: some Sequence<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in utf8 {
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
            default:
                out.append(byte)
                if byte & 0xC0 == 0x80 { escapeSurrogate(&out) }
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    /// Turns a surrogate's three bytes at the end of `out` into an escape.
    private static func escapeSurrogate(_ out: inout [UInt8]) {
        let count = out.count
        guard count >= 3, out[count - 3] == 0xED, out[count - 2] >= 0xA0, out[count - 2] <= 0xBF,
            out[count - 1] & 0xC0 == 0x80
        else { return }
        let unit = 0xD000 | UInt16(out[count - 2] & 0x3F) << 6 | UInt16(out[count - 1] & 0x3F)
        out.removeLast(3)
        out.append(contentsOf: "\\u".utf8)
        for shift in [12, 8, 4, 0] { out.append(hexDigits[Int(unit >> UInt16(shift) & 15)]) }
    }
}
