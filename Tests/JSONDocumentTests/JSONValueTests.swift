import JSONDocument
import Testing

private func value(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }
private func text(_ value: JSONValue) -> String { String(decoding: value.serialized(), as: UTF8.self) }

@Suite("JSON documents of control messages")
struct JSONValueTests {
    @Test(
        "Every kind of value is read",
        arguments: [
            ("{}", .object([])), ("[]", .array([])), (#""""#, ""), (#""é\u00e9\n""#, "éé\n"), ("-0", 0), ("42", 42),
            ("9223372036854775807", .integer(.max)), ("1.5", .real(1.5)), ("1e2", .real(100)), ("true", true),
            (" false ", false), ("null", nil), (#"{"a":[1,{"b":null}]}"#, ["a": [1, ["b": nil]]]),
        ] as [(String, JSONValue)])
    func reads(source: String, expected: JSONValue) throws {
        #expect(try value(source) == expected)
    }

    @Test("Members keep their order, and of two with one name the last counts")
    func order() throws {
        let document = try value(#"{"z":1,"a":2,"m":3,"z":4}"#)
        #expect(document == ["z": 4, "a": 2, "m": 3])
        #expect(document["z"] == 4)
        #expect(document["none"] == nil)
    }

    @Test("A value is asked for what it is and for nothing else")
    func accessors() throws {
        let document = try value(#"{"s":"t","i":3,"r":2.5,"b":true,"n":null,"a":[1]}"#)
        #expect(document["s"]?.string == "t")
        #expect(document["s"]?.integer == nil)
        #expect(document["i"]?.integer == 3)
        #expect(document["i"]?.double == 3)
        #expect(document["r"]?.double == 2.5)
        #expect(document["r"]?.integer == nil)
        #expect(document["b"]?.bool == true)
        #expect(document["a"]?.array == [1])
        #expect(document["n"] == .some(.null))
        #expect(document.object?.count == 6)
        #expect(document["a"]?["s"] == nil)
        #expect(document["a"]?.kindName == "an array")
    }

    @Test(
        "What is not JSON is refused with its place",
        arguments: [
            ("", 1, 0), ("{\"a\":1,\n  b}", 2, 3), ("[1] x", 1, 5), ("[1,]", 1, 4), ("NaN", 1, 3), ("{\"a\"", 1, 4),
            ("\"\\ud800\"", 1, 8), ("{\"a\\u0000b\":1}", 1, 11), ("1e999", 1, 5), ("123456789012345678901", 1, 21),
        ])
    func refuses(source: String, line: Int, column: Int) {
        let fault = #expect(throws: JSONFault.self) { try value(source) }
        #expect(fault?.line == line, "\(source): \(fault?.description ?? "")")
        #expect(fault?.column == column, "\(source): \(fault?.description ?? "")")
        #expect(fault?.reason.isEmpty == false)
    }

    @Test("Bytes that are not UTF-8 are refused")
    func notUTF8() {
        #expect(throws: JSONFault.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
        #expect(throws: JSONFault.self) { try JSONValue(parsing: [0x22, 0xed, 0xa0, 0x80, 0x22]) }
    }

    @Test("NUL in a string survives both ways")
    func embeddedNUL() throws {
        #expect(try value(#""a\u0000b""#) == "a\0b")
        #expect(text("a\0b") == #""a\u0000b""#)
    }

    @Test("Nesting is bounded, however deep the text goes")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try text(value(nested(JSONValue.depthLimit))) == nested(JSONValue.depthLimit))
        let fault = #expect(throws: JSONFault.self) { try value(nested(JSONValue.depthLimit + 1)) }
        #expect(fault?.reason.contains("1000") == true)
        #expect(throws: JSONFault.self) { try value(nested(100_000)) }
        #expect(throws: JSONFault.self) { try value(String(repeating: #"{"a":"#, count: 100_000)) }
    }

    @Test(
        "A value is written compactly",
        arguments: [
            (["b": 1, "a": [true, nil, "x"]], #"{"b":1,"a":[true,null,"x"]}"#), ("", #""""#),
            (["": ""], #"{"":""}"#), ("\"\\\u{1f}/é😀", #""\"\\\u001F/é😀""#), (.real(2.5), "2.5"), (.real(.nan), "null"),
            (.real(-.infinity), "null"), (.integer(.min), "-9223372036854775808"), (.object([]), "{}"),
        ] as [(JSONValue, String)])
    func writes(value: JSONValue, expected: String) {
        #expect(text(value) == expected)
    }

    @Test("Random documents survive writing and reading")
    func roundTrip() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix(state: seed)
        for _ in 0..<300 {
            let document = document(depth: 4, &random)
            #expect(try JSONValue(parsing: document.serialized()) == document, "seed \(seed)")
        }
    }

    private func document(depth: Int, _ random: inout SplitMix) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .string(word(&random))
        case 1: return .integer(Int64.random(in: .min ... .max, using: &random))
        case 2: return .real(Double.random(in: -1e9...1e9, using: &random))
        case 3: return .bool(Bool.random(using: &random))
        case 4: return .null
        case 5:
            return .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in document(depth: depth - 1, &random) })
        default:
            return .object(
                (0..<Int.random(in: 0..<4, using: &random)).map {
                    .init("\($0)" + word(&random), document(depth: depth - 1, &random))
                })
        }
    }

    private func word(_ random: inout SplitMix) -> String {
        String(
            (0..<Int.random(in: 0..<6, using: &random)).map { _ in "aZ\"\\\né😀\u{7f}".randomElement(using: &random)! })
    }
}

/// Sebastiano Vigna's SplitMix64: small, and the same numbers for the same seed everywhere.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
