/// Jackson's way of naming a place in a text: `[Source: (String)"…"; line: 1, column: 5]`.
package enum SourceLocation {
    /// How many UTF-16 code units of the text Jackson shows.
    private static let shownLength = 500

    /// Names `position` in the text `bytes`, which is shown when `quoted` and otherwise hidden as Jackson 2.16 does.
    package static func describe(_ position: TextPosition, of bytes: Span<UInt8>, quoted: Bool = true) -> String {
        let source =
            quoted ? "(String)" + quote(bytes) : "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"
        return "[Source: \(source); line: \(position.line), column: \(position.column)]"
    }

    private static func quote(_ bytes: Span<UInt8>) -> String {
        var end = 0
        var length = 0
        while end < bytes.count, length + bytes[end].utf16Length <= shownLength {
            length += bytes[end].utf16Length
            end += 1
        }
        var shown = "\""
        let text = String(decoding: bytes.extracting(0..<end).array, as: UTF8.self)
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            if isControl && scalar != "\n" && scalar != "\r" {
                let hex = String(scalar.value, radix: 16, uppercase: true)
                shown += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        var rest = 0
        for index in end..<bytes.count { rest += bytes[index].utf16Length }
        if rest > 0 && length < shownLength {
            // The cut falls between the halves of a surrogate pair: Java shows the first half, which prints as `?`.
            shown += "?"
            rest -= 1
        }
        return shown + "\"" + (rest > 0 ? "[truncated \(rest) chars]" : "")
    }
}
