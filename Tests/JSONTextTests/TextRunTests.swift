import JSONText
import Testing

@Suite("Runs of ordinary text, wherever they end")
struct TextRunTests {
    /// What may end a run, and whether it is well-formed inside a string when it stands there as it is.
    private static let marks: [(bytes: [UInt8], isPlain: Bool)] =
        (0..<0x20).map { ([$0], false) } + [
            ([0x22], false), ([0x5C], false), ([0x7F], true), ([0xC3, 0xA9], true), ([0xED, 0x9F, 0xBF], true),
            ([0xED, 0xA0, 0x80], false), ([0xED, 0xBF, 0xBF], false), ([0xEE, 0x80, 0x80], true),
            ([0xF0, 0x9F, 0x98, 0x80], true), ([0x80], false), ([0xFF], false),
        ]
    /// What a word-wide comparison may take for a mark next to one: each is one or a top bit away from one.
    private static let fillers = Array("a #!]\u{5b}\u{7f}".utf8)

    private static let shortEscapes: [UInt8: String] = [
        0x22: "\\\"", 0x5C: "\\\\", 8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r",
    ]

    /// The string with its quotes, made byte by byte.
    private func written(_ string: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x22]
        var index = 0
        while index < string.count {
            let byte = string[index]
            index += 1
            if let escape = Self.shortEscapes[byte] {
                out += escape.utf8
            } else if byte < 0x20 {
                out += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            } else if byte == 0xED, index + 1 < string.count, (0xA0...0xBF).contains(string[index]) {
                let unit = 0xD000 | UInt16(string[index] & 0x3F) << 6 | UInt16(string[index + 1] & 0x3F)
                out += "\\u\(String(unit, radix: 16))".utf8
                index += 2
            } else {
                out.append(byte)
            }
        }
        return out + [0x22]
    }

    @Test("Each mark is found at each place of strings of each length, among bytes like it", arguments: fillers)
    func places(filler: UInt8) throws {
        for length in 0...17 {
            for place in 0...length {
                for (mark, isPlain) in Self.marks {
                    let string =
                        [UInt8](repeating: filler, count: place) + mark
                        + [UInt8](repeating: filler, count: length - place)
                    var out: [UInt8] = []
                    JSONWriter.appendString(string, to: &out)
                    try #require(out == written(string), "\(mark) at \(place) of \(length)")
                    try #require(JSONReader.unescape(out) == string, "\(mark) at \(place) of \(length)")
                    let raw = [0x22] + string + [0x22]
                    try #require(
                        (try? JSONValidator.validate(raw)) == (isPlain ? .string : nil),
                        "\(mark) at \(place) of \(length)")
                }
            }
        }
    }

    @Test("A sequence that is no collection is written like any other")
    func sequences() {
        var out: [UInt8] = []
        JSONWriter.appendString(AnySequence(Array("a\"\u{1}é".utf8)), to: &out)
        #expect(out == Array("\"a\\\"\\u0001é\"".utf8))
    }

    @Test("Long strings are unescaped whole, and faults behind them keep their place")
    func long() throws {
        let run = String(repeating: "x", count: 70_000)
        let object = Array(#"{"a":"\#(run)\n\#(run)\ud83d\ude00","b":\#u{1}}"#.utf8)
        let error = #expect(throws: JSONSyntaxError.self) { try JSONReader.members(of: object) }
        #expect(error?.line == 1)
        #expect(error?.column == object.count - 1)
        let member = try JSONReader.members(of: Array(#"{"a":"\#(run)\n\#(run)\ud83d\ude00"}"#.utf8))[0]
        let text = Array(#"{"a":"\#(run)\n\#(run)\ud83d\ude00"}"#.utf8)[member.value]
        #expect(JSONReader.unescape(Array(text)) == Array("\(run)\n\(run)😀".utf8))
    }
}
