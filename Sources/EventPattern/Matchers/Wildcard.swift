/// A string with `*` for any run of bytes. Between the stars stand the literal parts, escapes resolved.
package struct Wildcard: Hashable, Sendable {
    /// n stars have n + 1 parts around them. Only the first and the last may be empty.
    package let parts: [[UInt8]]

    /// What is wrong with a wildcard pattern. Positions count bytes of the value with its opening quote, as Ruler's do
    /// (WildcardParser.java).
    enum Fault: Error {
        case consecutiveStars(position: Int)
        case invalidEscape(position: Int)

        var message: String {
            switch self {
            case .consecutiveStars(let position): "Consecutive wildcard characters at pos \(position)"
            case .invalidEscape(let position): "Invalid escape character at pos \(position)"
            }
        }
    }

    /// Reads `*`, `\*` and `\\`; a backslash before anything else is a fault.
    init(_ text: [UInt8]) throws(Fault) {
        var parts: [[UInt8]] = [[]]
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "*") {
                if index + 1 < text.count, text[index + 1] == byte { throw .consecutiveStars(position: index + 1) }
                parts.append([])
            } else if byte == UInt8(ascii: "\\") {
                index += 1
                guard index < text.count, text[index] == UInt8(ascii: "*") || text[index] == UInt8(ascii: "\\") else {
                    throw .invalidEscape(position: index)
                }
                parts[parts.count - 1].append(text[index])
            } else {
                parts[parts.count - 1].append(byte)
            }
            index += 1
        }
        self.parts = parts
    }

    /// - Complexity: each part is looked for once, leftmost: what a star leaves over, the next star can take.
    func matches(_ value: Span<UInt8>) -> Bool {
        guard let first = parts.first, let last = parts.last else { return false }
        guard parts.count > 1 else { return value.equals(first) }
        guard value.count >= first.count + last.count, value.hasBytes(first, at: 0),
            value.hasBytes(last, at: value.count - last.count)
        else { return false }
        var place = first.count
        let end = value.count - last.count
        for part in parts[1..<parts.count - 1] {
            while place + part.count <= end, !value.hasBytes(part, at: place) { place += 1 }
            guard place + part.count <= end else { return false }
            place += part.count
        }
        return true
    }

    /// The pattern text that reads as this wildcard.
    package var text: [UInt8] {
        var text: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index > 0 { text.append(UInt8(ascii: "*")) }
            for byte in part {
                if byte == UInt8(ascii: "*") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
                text.append(byte)
            }
        }
        return text
    }
}
