import EventPattern
import Testing

@Suite("Ignoring case")
struct FoldingTests {
    private func matches(_ pattern: String, _ value: String) throws -> Bool {
        try EventPattern("{\"a\":[\(pattern)]}").matches(Array("{\"a\":\"\(value)\"}".utf8))
    }

    @Test("No form of a character begins or ends with another: so there is never a choice between them")
    func formsAreApart() {
        let meeting = (0...0x10FFFF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init).filter { scalar in
            let lower = Array(scalar.properties.lowercaseMapping.utf8)
            let upper = Array(scalar.properties.uppercaseMapping.utf8)
            guard lower != upper else { return false }
            return lower.starts(with: upper) || upper.starts(with: lower)
                || lower.reversed().starts(with: upper.reversed()) || upper.reversed().starts(with: lower.reversed())
        }
        #expect(meeting.isEmpty)
    }

    @Test(
        "A value has the lower- or upper-case form of each character of the pattern",
        arguments: [
            ("ß", "SS", true), ("ß", "ß", true), ("SS", "ß", false), ("ß", "ss", false), ("σ", "Σ", true),
            ("σ", "ς", false), ("ς", "Σ", true), ("\u{212A}", "k", true), ("k", "\u{212A}", false), ("ı", "I", true),
            ("I", "ı", false), ("ǅ", "ǆ", true), ("ǅ", "ǅ", false), ("𐐀", "𐐨", true), ("😀", "😀", true),
            ("ŉ", "ʼN", true),
            ("straße", "STRASSE", true), ("straße", "strasse", false),
        ])
    func forms(pattern: String, value: String, isMatch: Bool) throws {
        #expect(try matches("{\"equals-ignore-case\":\"\(pattern)\"}", value) == isMatch)
        #expect(try matches("{\"prefix\":{\"equals-ignore-case\":\"\(pattern)\"}}", value + "~") == isMatch)
        #expect(try matches("{\"suffix\":{\"equals-ignore-case\":\"\(pattern)\"}}", "~" + value) == isMatch)
        #expect(try matches("{\"anything-but\":{\"equals-ignore-case\":\"\(pattern)\"}}", value) == !isMatch)
    }
}
