import JSONText
import Testing

@Suite("Reading JSON text")
struct JSONReaderTests {
    private func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

    @Test("Members come in order, with duplicates, as they are written")
    func members() throws {
        let object = Array(#" { "a" : 1.50 , "\u0062" : {"x":[1,2]}, "a":"\n" , "c":[] ,"d":null} "#.utf8)
        let members = try JSONReader.members(of: object)
        #expect(members.map { text($0.name) } == ["a", "b", "a", "c", "d"])
        #expect(members.map(\.kind) == [.number, .object, .string, .array, .null])
        #expect(members.map { text(object[$0.value]) } == ["1.50", #"{"x":[1,2]}"#, #""\n""#, "[]", "null"])
    }

    @Test("Elements come in order, as they are written")
    func elements() throws {
        let array = Array(#"[1 , [2,[3]],"a]",true,{} ]"#.utf8)
        let elements = try JSONReader.elements(of: array)
        #expect(elements.map { text(array[$0.value]) } == ["1", "[2,[3]]", #""a]""#, "true", "{}"])
        #expect(elements.map(\.kind) == [.number, .array, .string, .true, .object])
    }

    @Test("Another kind of value, text behind it, or a fault deep inside is refused")
    func refusals() {
        #expect(throws: JSONSyntaxError.self) { try JSONReader.members(of: Array("[]".utf8)) }
        #expect(throws: JSONSyntaxError.self) { try JSONReader.elements(of: Array("{}".utf8)) }
        #expect(throws: JSONSyntaxError.self) { try JSONReader.members(of: Array("{} {}".utf8)) }
        #expect(throws: JSONSyntaxError.self) { try JSONReader.members(of: [UInt8]()) }
        let deep = #expect(throws: JSONSyntaxError.self) {
            try JSONReader.members(of: Array(#"{"a":{"b":[1,2,{"c":01}]}}"#.utf8))
        }
        #expect(deep?.offset == 21)
    }

    @Test(
        "A validator tells the kind, and refuses text behind the value unless it may follow",
        arguments: [
            ("{}", JSONKind.object), (" [1] ", .array), (#""a""#, .string), ("-1.5e+3", .number), ("true", .true),
            ("false", .false), ("null", .null),
        ])
    func kinds(json: String, kind: JSONKind) throws {
        #expect(try JSONValidator.validate(Array(json.utf8)) == kind)
        #expect(throws: JSONSyntaxError.self) { try JSONValidator.validate(Array("\(json) x".utf8)) }
        #expect(try JSONValidator.validate(Array("\(json) x".utf8), allowTrailingText: true) == kind)
    }

    @Test(
        "Escapes mean characters; a lone surrogate keeps its three bytes",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, Array("\"\\/\u{8}\u{c}\n\r\t".utf8)), (#""\u00e9\u0041""#, Array("éA".utf8)),
            (#""\ud83d\ude00""#, Array("😀".utf8)), (#""\ud800""#, [0xED, 0xA0, 0x80]),
            (#""\udc00\ud800""#, [0xED, 0xB0, 0x80, 0xED, 0xA0, 0x80]), (#""\ud800\u0041""#, [0xED, 0xA0, 0x80, 0x41]),
            (#""\u0000""#, [0]), (#""""#, []),
        ] as [(String, [UInt8])])
    func escapes(json: String, meaning: [UInt8]) {
        #expect(JSONReader.unescape(Array(json.utf8)) == meaning)
    }

    @Test("What is written reads back, byte for byte, and is valid JSON")
    func writing() throws {
        let scalars = (0...0x2_FFFF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init)
        var strings = scalars.map { Array(String($0).utf8) }
        strings += [[0xED, 0xA0, 0x80], [0x61, 0xED, 0xBF, 0xBF, 0x62]]
        let broken = try strings.filter { string in
            var out: [UInt8] = []
            JSONWriter.appendString(string, to: &out)
            return try JSONValidator.validate(out) != .string || JSONReader.unescape(out) != string
        }
        #expect(broken.isEmpty)
    }
}
