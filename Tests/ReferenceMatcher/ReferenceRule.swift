internal import JSONText

/// What one `$or`-free reading of a pattern asks for.
enum ReferenceRule {
    struct Field {
        let path: [UInt8]
        let tests: [ReferenceTest]
    }

    /// All readings of a pattern, each with its fields sorted by UTF-16.
    static func read(_ pattern: [UInt8]) throws(JSONSyntaxError) -> [[Field]] {
        var tokenizer = JSONTokenizer()
        guard let value = try tokenizer.skipValue(in: pattern.span)?.value else { return [] }
        let rules = try expand(Array(pattern[value]), prefix: nil, rules: [])
        return rules.map { rule in
            rule.map { Field(path: $0.key, tests: $0.value) }.sorted {
                utf16($0.path).lexicographicallyPrecedes(utf16($1.path))
            }
        }
    }

    private typealias Rule = [[UInt8]: [ReferenceTest]]

    private static func expand(
        _ object: [UInt8], prefix: [UInt8]?, rules: [Rule]
    ) throws(JSONSyntaxError) -> [Rule] {
        var rules = rules
        for member in try JSONReader.members(of: object) {
            let value = Array(object[member.value])
            if member.name == Array("$or".utf8) {
                var all: [Rule] = []
                for branch in try JSONReader.elements(of: value) {
                    all += try expand(Array(value[branch.value]), prefix: prefix, rules: rules.isEmpty ? [[:]] : rules)
                }
                rules = all
                continue
            }
            let path = prefix.map { $0 + Array(".".utf8) + member.name } ?? member.name
            if member.kind == .object {
                rules = try expand(value, prefix: path, rules: rules)
            } else {
                var tests: [ReferenceTest] = []
                for element in try JSONReader.elements(of: value) {
                    tests += try ReferenceTest.read(element.kind, Array(value[element.value]))
                }
                if rules.isEmpty { rules = [[:]] }
                for index in rules.indices { rules[index][path] = tests }
            }
        }
        return rules
    }

    /// Lone surrogates, in their three-byte form, are decoded by hand.
    private static func utf16(_ text: [UInt8]) -> [UInt16] {
        var units: [UInt16] = []
        var index = 0
        while index < text.count {
            if text[index] == 0xED, index + 2 < text.count, text[index + 1] >= 0xA0 {
                units.append(0xD000 + (UInt16(text[index + 1]) - 0x80) * 64 + UInt16(text[index + 2]) - 0x80)
                index += 3
            } else {
                var end = index + 1
                while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
                units += Array(String(decoding: text[index..<end], as: UTF8.self).utf16)
                index = end
            }
        }
        return units
    }
}
