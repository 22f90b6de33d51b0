/// The meaning of JSON string text (RFC 8259 §7).
package enum JSONString {
    /// Appends the unescaped bytes of a string whose text between the quotes is `body`, which has been validated.
    /// The halves of a surrogate pair become one UTF-8 sequence; a lone surrogate becomes its three-byte form (WTF-8),
    /// so that it equals only itself.
    package static func appendUnescaped(_ body: Span<UInt8>, to out: inout [UInt8]) {
        var index = 0
        while true {
            // What is between escapes means itself.
            let run = index
            index = TextRun.first(UInt8(ascii: "\\"), in: body, from: run)
            out.append(body.extracting(run..<index))
            guard index < body.count else { return }
            guard index + 1 < body.count else {
                out.append(UInt8(ascii: "\\"))
                return
            }
            let escape = body[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "u"):
                var value = codeUnit(at: index, in: body)
                index += 4
                if (0xD800...0xDBFF).contains(value), index + 6 <= body.count, body[index] == UInt8(ascii: "\\"),
                    body[index + 1] == UInt8(ascii: "u")
                {
                    let low = codeUnit(at: index + 2, in: body)
                    if (0xDC00...0xDFFF).contains(low) {
                        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
                        index += 6
                    }
                }
                append(codePoint: value, to: &out)
            default: out.append(escape)
            }
        }
    }

    private static func codeUnit(at index: Int, in body: Span<UInt8>) -> UInt32 {
        var value: UInt32 = 0
        for place in index..<min(index + 4, body.count) {
            value = value << 4 | UInt32(body[place].hexDigitValue ?? 0)
        }
        return value
    }

    private static func append(codePoint: UInt32, to out: inout [UInt8]) {
        switch codePoint {
        case ..<0x80: out.append(UInt8(codePoint))
        case ..<0x800:
            out.append(0xC0 | UInt8(codePoint >> 6))
            out.append(0x80 | UInt8(codePoint & 0x3F))
        case ..<0x10000:
            out.append(0xE0 | UInt8(codePoint >> 12))
            out.append(0x80 | UInt8(codePoint >> 6 & 0x3F))
            out.append(0x80 | UInt8(codePoint & 0x3F))
        default:
            out.append(0xF0 | UInt8(codePoint >> 18))
            out.append(0x80 | UInt8(codePoint >> 12 & 0x3F))
            out.append(0x80 | UInt8(codePoint >> 6 & 0x3F))
            out.append(0x80 | UInt8(codePoint & 0x3F))
        }
    }
}
