import JSONText
import Testing

/// The words and places of Jackson's `ReaderBasedJsonParser`.
@Suite("Faults in JSON text")
struct SyntaxErrorTests {
    static let tokens = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    static let hidden = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: "

    @Test(
        "What is wrong is said in Jackson's words, at its place",
        arguments: [
            (#"{"a":tru}"#, 1, 9, "Unrecognized token 'tru': was expecting \(tokens)"),
            (#"this is no JSON"#, 1, 5, "Unrecognized token 'this': was expecting \(tokens)"),
            (#"{"a":nullx}"#, 1, 11, "Unrecognized token 'nullx': was expecting \(tokens)"),
            (#"{'a':1}"#, 1, 2, "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
            (
                #"{"a":1,}"#, 1, 8,
                "Unexpected character ('}' (code 125)): was expecting double-quote to start field name"
            ),
            (#"[1,]"#, 1, 4, "Unexpected character (']' (code 93)): expected a value"),
            (#"[1 2]"#, 1, 4, "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries"),
            (
                #"{"a":1 "b":2}"#, 1, 8,
                "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries"
            ),
            (
                #"{"a" 1}"#, 1, 6,
                "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value"
            ),
            (#"[.5]"#, 1, 2, "Unexpected character ('.' (code 46)): expected a valid value \(tokens)"),
            (#"["\x"]"#, 1, 4, "Unrecognized character escape 'x' (code 120)"),
            (
                #"["\u00g0"]"#, 1, 7,
                "Unexpected character ('g' (code 103)): expected a hex-digit for character escape sequence"
            ),
            (
                "[\"a\u{1}\"]", 1, 4,
                "Illegal unquoted character ((CTRL-CHAR, code 1)): has to be escaped using backslash to be included in string value"
            ),
            (
                "{\"a\tb\":1}", 1, 4,
                "Illegal unquoted character ((CTRL-CHAR, code 9)): has to be escaped using backslash to be included in name"
            ),
            (
                "[1,\u{c}2]", 1, 4,
                "Illegal character ((CTRL-CHAR, code 12)): only regular white space (\\r, \\n, \\t) is allowed between tokens"
            ),
            (
                "[1, // one\n2]", 1, 5,
                "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)"
            ),
            (#"[01]"#, 1, 3, "Invalid numeric value: Leading zeroes not allowed"),
            (
                #"[-a]"#, 1, 3,
                "Unexpected character ('a' (code 97)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value"
            ),
            (
                #"[1.]"#, 1, 3,
                "Unexpected character (']' (code 93)) in numeric value: Decimal point not followed by a digit"
            ),
            (
                #"[0.x]"#, 1, 4,
                "Unexpected character ('x' (code 120)) in numeric value: Decimal point not followed by a digit"
            ),
            (
                #"[1e+]"#, 1, 3,
                "Unexpected character (']' (code 93)) in numeric value: Exponent indicator not followed by a digit"
            ),
            (#"[NaN]"#, 1, 5, "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"),
            (
                #"[-Infinity]"#, 1, 11,
                "Non-standard token '-Infinity': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
            ),
            (
                #"[+1]"#, 1, 3,
                "Unexpected character ('+' (code 43)) in numeric value: JSON spec does not allow numbers to have plus signs: enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow"
            ),
            (#"[1}"#, 1, 3, "Unexpected close marker '}': expected ']' (for Array starting at \(hidden)1])"),
            (
                #"{"a":[1,2"#, 1, 10,
                "Unexpected end-of-input: expected close marker for Array (start marker at \(hidden)6])"
            ),
            (#"["abc"#, 1, 6, "Unexpected end-of-input: was expecting closing quote for a string value"),
            (#"{"abc"#, 1, 6, "Unexpected end-of-input in field name"),
            (#"{"a":"#, 1, 6, "Unexpected end-of-input within/between Object entries"),
            ("[1,\n 2,\r\n\t tru]", 3, 6, "Unrecognized token 'tru': was expecting \(tokens)"),
            (
                #"["é😀" x]"#, 1, 8,
                "Unexpected character ('x' (code 120)): was expecting comma to separate Array entries"
            ),
            ("[\u{20AC}]", 1, 3, "Unrecognized token '\u{20AC}': was expecting \(tokens)"),
            (
                "[\u{2026}]", 1, 2,
                "Unexpected character ('\u{2026}' (code 8230 / 0x2026)): expected a valid value \(tokens)"
            ),
        ])
    func words(text: String, line: Int, column: Int, message: String) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValidator.validate(Array(text.utf8)) }
        #expect(error?.message == message)
        #expect(error?.line == line)
        #expect(error?.column == column)
    }

    @Test(
        "Bytes that are no UTF-8 are refused in strings and outside",
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xC1, 0xBF, 0x22],
            [0x22, 0xE0, 0x80, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF0, 0x80, 0x80, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
            [0x22, 0xE2], [0xE9], [0x22, 0xC3, 0x22], [0xFF, 0xFE],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSONValidator.validate(bytes) }
    }

    @Test("Limits are those of Jackson")
    func limits() throws {
        func text(_ open: String, _ count: Int, _ close: String) -> [UInt8] {
            Array((String(repeating: open, count: count) + String(repeating: close, count: count)).utf8)
        }
        #expect(try JSONValidator.validate(text("[", 1_000, "]")) == .array)
        let depth = #expect(throws: JSONSyntaxError.self) { try JSONValidator.validate(text("[", 1_001, "]")) }
        #expect(
            depth?.message
                == "Document nesting depth (1001) exceeds the maximum allowed (1000, from `StreamReadConstraints.getMaxNestingDepth()`)"
        )
        #expect(try JSONValidator.validate(text("1", 1_000, "")) == .number)
        let number = #expect(throws: JSONSyntaxError.self) { try JSONValidator.validate(text("1", 1_001, "")) }
        #expect(number?.message.hasPrefix("Number value length (1001) exceeds the maximum allowed (1000") == true)
        func object(nameLength: Int) -> [UInt8] {
            Array(("{\"" + String(repeating: "é", count: nameLength) + "\":1}").utf8)
        }
        #expect(try JSONValidator.validate(object(nameLength: 50_000)) == .object)
        let name = #expect(throws: JSONSyntaxError.self) { try JSONValidator.validate(object(nameLength: 50_001)) }
        #expect(name?.message.hasPrefix("Name length (50001) exceeds the maximum allowed (50000") == true)
    }

    @Test("A million open brackets are refused without recursion")
    func hostileDepth() {
        for bracket in ["[", #"{"a":"#] {
            #expect(throws: JSONSyntaxError.self) {
                try JSONValidator.validate(Array(String(repeating: bracket, count: 1_000_000).utf8))
            }
        }
    }
}
