/// Percent-encoding in URLs (RFC 3986 §2.1).
package enum PercentCoding {
    /// `text` with each `%XX` replaced by its byte; a `%` without two hexadecimal digits stands for itself.
    /// `nil` when the result is not UTF-8.
    package static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8.makeIterator()
        var pending: [UInt8] = []
        while let byte = pending.popLast() ?? rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                continue
            }
            let first = pending.popLast() ?? rest.next()
            let second = pending.popLast() ?? rest.next()
            if let first, let second, let high = hexadecimal(first), let low = hexadecimal(second) {
                bytes.append(high << 4 | low)
            } else {
                bytes.append(byte)
                if let second { pending.append(second) }
                if let first { pending.append(first) }
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The parameters of a query string as a form encodes them: `+` is a space. Parameters that are not UTF-8 are left
    /// out.
    package static func formParameters(_ query: String) -> [(name: String, value: String)] {
        query.split(separator: "&").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(parts[0], plusIsSpace: true),
                let value = parts.count > 1 ? decode(parts[1], plusIsSpace: true) : ""
            else { return nil }
            return (name, value)
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
