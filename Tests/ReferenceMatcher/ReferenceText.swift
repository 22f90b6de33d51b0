/// Comparisons of strings, by trying everything.
enum ReferenceText {
    /// `*` takes any run of bytes; a backslash makes the next byte literal.
    static func wildcard(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        // Row by row: which prefixes of the text the pattern so far can take.
        var reach = [Bool](repeating: false, count: text.count + 1)
        reach[0] = true
        var rest = pattern
        while var byte = rest.popFirst() {
            if byte == UInt8(ascii: "*") {
                for index in reach.indices.dropFirst() { reach[index] = reach[index] || reach[index - 1] }
                continue
            }
            if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() { byte = escaped }
            for index in reach.indices.reversed() {
                reach[index] = index > 0 && reach[index - 1] && text[text.startIndex + index - 1] == byte
            }
        }
        return reach[text.count]
    }

    /// Whether some part of the text has, character for character, the lower- or upper-case form of the pattern.
    static func folded(_ pattern: [UInt8], _ text: [UInt8], anyStart: Bool, anyEnd: Bool) -> Bool {
        var ends: Set<Int> = anyStart ? Set(0...text.count) : [0]
        for character in characters(pattern) {
            var next: Set<Int> = []
            for end in ends {
                for form in forms(character) where text[end...].starts(with: form) { next.insert(end + form.count) }
            }
            ends = next
        }
        return anyEnd ? !ends.isEmpty : ends.contains(text.count)
    }

    private static func forms(_ character: [UInt8]) -> [[UInt8]] {
        guard let text = String(validating: character, as: UTF8.self) else { return [character] }
        return [Array(text.lowercased().utf8), Array(text.uppercased().utf8)]
    }

    private static func characters(_ text: [UInt8]) -> [[UInt8]] {
        var characters: [[UInt8]] = []
        for byte in text {
            if byte & 0xC0 == 0x80, let last = characters.popLast() {
                characters.append(last + [byte])
            } else {
                characters.append([byte])
            }
        }
        return characters
    }
}
