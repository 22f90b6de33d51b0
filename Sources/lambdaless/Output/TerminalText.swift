/// Text of strangers for a terminal.
enum TerminalText {
    /// `text` with every character that could break a line or steer a terminal as a JSON escape: control characters, line
    /// and paragraph separators, and marks that turn the direction of writing. JSON stays JSON with the same meaning.
    static func safe(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isSteering) else { return text }
        var safe = ""
        for scalar in text.unicodeScalars {
            guard isSteering(scalar) else {
                safe.unicodeScalars.append(scalar)
                continue
            }
            let digits = String(scalar.value, radix: 16)
            safe += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        return safe
    }

    private static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
