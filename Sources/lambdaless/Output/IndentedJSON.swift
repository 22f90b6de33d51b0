/// JSON text spread over lines for people. Scalars keep their spelling: `1.50` stays `1.50`.
enum IndentedJSON {
    /// - Parameter json: valid JSON text.
    static func lines(_ json: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var depth = 0
        var inString = false
        var isEscaped = false
        var previous: UInt8 = 0
        for byte in json {
            if inString {
                out.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                previous = byte
                continue
            }
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if !isOpening(previous) { breakLine(&out, depth) }
            default:
                if isOpening(previous) { breakLine(&out, depth) }
            }
            out.append(byte)
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ","): breakLine(&out, depth)
            case UInt8(ascii: ":"): out.append(UInt8(ascii: " "))
            case UInt8(ascii: "\""): inString = true
            default: break
            }
            previous = byte
        }
        return out
    }

    private static func isOpening(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") }

    private static func breakLine(_ out: inout [UInt8], _ depth: Int) {
        out.append(UInt8(ascii: "\n"))
        out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * max(0, depth)))
    }
}
