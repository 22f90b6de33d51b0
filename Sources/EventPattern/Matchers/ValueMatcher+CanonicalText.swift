internal import JSONText

extension ValueMatcher {
    /// JSON text that reads back as this alternative, the same for all ways to write it.
    package var canonicalText: [UInt8] {
        switch self {
        case .string(let text):
            IPAddress(text.span) == nil ? text.jsonString.bytes : Self.object("exactly", text.jsonString.bytes)
        case .address(let address): address.canonicalText.bytes.jsonString.bytes
        case .number(let number): number.canonicalText.bytes
        case .spelling(let text): text
        case .boolean(let boolean): (boolean ? "true" : "false").bytes
        case .null: "null".bytes
        case .prefix(let text): Self.object("prefix", text.jsonString.bytes)
        case .suffix(let text): Self.object("suffix", text.jsonString.bytes)
        case .equalsIgnoreCase(let folded): Self.object("equals-ignore-case", folded.text.jsonString.bytes)
        case .prefixIgnoreCase(let folded):
            Self.object("prefix", Self.object("equals-ignore-case", folded.text.jsonString.bytes))
        case .suffixIgnoreCase(let folded):
            Self.object("suffix", Self.object("equals-ignore-case", folded.text.jsonString.bytes))
        case .wildcard(let wildcard): Self.object("wildcard", wildcard.text.jsonString.bytes)
        case .numeric(let range): Self.object("numeric", range.canonicalText.bytes)
        case .cidr(let block):
            Self.object("cidr", "\(block.first.canonicalText)/\(block.prefixLength)".bytes.jsonString.bytes)
        case .exists(let exists): Self.object("exists", (exists ? "true" : "false").bytes)
        case .anythingBut(let exclusion): Self.object("anything-but", exclusion.canonicalText)
        }
    }

    fileprivate static func object(_ name: String, _ value: [UInt8]) -> [UInt8] {
        "{\"\(name)\":".bytes + value + "}".bytes
    }

    /// The same alternative with the values of `anything-but` sorted and each once.
    var normalized: ValueMatcher {
        guard case .anythingBut(let exclusion) = self else { return self }
        return .anythingBut(exclusion.normalized)
    }
}

extension ValueMatcher.Exclusion {
    fileprivate var normalized: Self {
        switch self {
        case .strings(let texts): .strings(texts.sortedOnce { $0 })
        case .numbers(let numbers): .numbers(Set(numbers).sorted())
        case .prefixes(let texts): .prefixes(texts.sortedOnce { $0 })
        case .suffixes(let texts): .suffixes(texts.sortedOnce { $0 })
        case .equalsIgnoreCase(let texts): .equalsIgnoreCase(texts.sortedOnce(by: \.text))
        case .wildcards(let wildcards): .wildcards(wildcards.sortedOnce(by: \.text))
        }
    }

    fileprivate var canonicalText: [UInt8] {
        switch self {
        case .strings(let texts): Self.list(texts.map(\.jsonString.bytes))
        case .numbers(let numbers): Self.list(numbers.map(\.canonicalText.bytes))
        case .prefixes(let texts): ValueMatcher.object("prefix", Self.list(texts.map(\.jsonString.bytes)))
        case .suffixes(let texts): ValueMatcher.object("suffix", Self.list(texts.map(\.jsonString.bytes)))
        case .equalsIgnoreCase(let texts):
            ValueMatcher.object("equals-ignore-case", Self.list(texts.map(\.text.jsonString.bytes)))
        case .wildcards(let wildcards):
            ValueMatcher.object("wildcard", Self.list(wildcards.map(\.text.jsonString.bytes)))
        }
    }

    /// One value stands alone, others in a list.
    private static func list(_ values: [[UInt8]]) -> [UInt8] {
        if values.count == 1 { return values[0] }
        return "[".bytes + values.joined(separator: ",".bytes) + "]".bytes
    }
}

extension NumericRange {
    fileprivate var canonicalText: String {
        var terms: [String] = []
        if let lower { terms += ["\"\(lower.isIncluded ? ">=" : ">")\"", lower.number.canonicalText] }
        if let upper { terms += ["\"\(upper.isIncluded ? "<=" : "<")\"", upper.number.canonicalText] }
        return "[" + terms.joined(separator: ",") + "]"
    }
}

extension Array {
    /// The elements in the order of their keys' bytes, of equal keys the first.
    func sortedOnce(by key: (Element) -> [UInt8]) -> [Element] {
        let keyed = map { (key: key($0), element: $0) }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        var once: [Element] = []
        var last: [UInt8]?
        for (key, element) in keyed where key != last {
            once.append(element)
            last = key
        }
        return once
    }
}

extension [UInt8] {
    /// This text as a JSON string, with quotes.
    var jsonString: String {
        var out: [UInt8] = []
        JSONWriter.appendString(self, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// This text between quotes, not escaped.
    var quoted: String { "\"\(String(decoding: self, as: UTF8.self))\"" }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}
