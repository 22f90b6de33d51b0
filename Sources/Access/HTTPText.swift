/// Text of HTTP, taken apart by bytes: what separates is ASCII, and a combining character after it must not hide it.
extension Substring {
    /// The parts between occurrences of `separator`.
    func split(at separator: UInt8, keepingEmpty: Bool = false) -> [Substring] {
        utf8.split(separator: separator, omittingEmptySubsequences: !keepingEmpty).map { Substring($0) }
    }

    /// The text before the first `separator` and the text after it; the second is nil where there is no separator.
    func cut(at separator: UInt8) -> (Substring, Substring?) {
        guard let index = utf8.firstIndex(of: separator) else { return (self, nil) }
        return (self[..<index], self[utf8.index(after: index)...])
    }

    /// The text without spaces and tabs at its ends (OWS of RFC 9110 §5.6.3).
    var trimmed: Substring {
        guard let first = utf8.firstIndex(where: { !$0.isBlank }), let last = utf8.lastIndex(where: { !$0.isBlank })
        else { return "" }
        return self[first..<utf8.index(after: last)]
    }

    /// The parts between runs of spaces and tabs.
    var words: [Substring] { utf8.split(whereSeparator: \.isBlank).map { Substring($0) } }
}

extension String {
    /// Whether the text is `name`, which is lower case, in any case. Header names are ASCII (RFC 9110 §5.1).
    func isHeaderName(_ name: String) -> Bool {
        utf8.count == name.utf8.count
            && zip(utf8, name.utf8).allSatisfy { given, lower in
                given == lower || ((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(given) && given | 0x20 == lower)
            }
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}
