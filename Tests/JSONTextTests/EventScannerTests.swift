import JSONText
import Testing

/// The scanner and the tokenizer read the same language, but know nothing of each other.
@Suite("The scanner of events against the tokenizer")
struct EventScannerTests {
    /// What both ways of scanning say, which must be the same, also of the event's containers.
    private func accepts(_ text: [UInt8], _ scanner: inout EventScanner) -> Bool {
        text.withUnsafeBufferPointer { bytes in
            let inPlaces = scanner.scanPlaces(bytes, enforcingLengths: false)
            let containers = inPlaces ? self.containers(scanner) : []
            let inTokens = scanner.scanTokens(bytes, enforcingLengths: false)
            let readable = String(decoding: bytes.prefix(400), as: UTF8.self)
            #expect(inPlaces == inTokens, "\(readable)")
            if inPlaces, inTokens { #expect(self.containers(scanner) == containers, "\(readable)") }
            return inTokens
        }
    }

    /// The offsets of each container's two brackets, in the order in which they open.
    private func containers(_ scanner: borrowing EventScanner) -> [Range<Int32>] {
        var containers: [Range<Int32>] = []
        var ends: [Int32] = []
        for number in 0...scanner.bracketPartners[0] {
            if ends.last == number {
                ends.removeLast()
            } else {
                let partner = scanner.bracketPartners[Int(number)]
                containers.append(scanner.bracketOffsets[Int(number)]..<scanner.bracketOffsets[Int(partner)])
                ends.append(partner)
            }
        }
        return containers
    }

    @Test("Both accept and refuse the same random texts, wherever in a block these stand", arguments: 0..<8)
    func acceptance(round: Int) {
        let seed = UInt64.random(in: 0..<1 << 32) &+ UInt64(round)
        var source = RandomText(seed: seed)
        var scanner = EventScanner()
        var accepted = 0
        var differences: [String] = []
        for number in 0..<3_000 {
            // Names of growing length move what follows through all positions of a block.
            let name = String(repeating: "n", count: number % 131)
            let blanks = String(repeating: " ", count: number % 3)
            let text = Array("{\"\(name)\":\(blanks)".utf8) + source.next() + Array("\(blanks)}x".utf8)
            let isEvent = (try? JSONValidator.validateEvent(text.span)) != nil
            if isEvent { accepted += 1 }
            if accepts(text, &scanner) != isEvent { differences.append(String(decoding: text, as: UTF8.self)) }
        }
        #expect(differences.isEmpty, "seed \(seed)")
        #expect(accepted > 100, "seed \(seed): too few texts were valid")
    }

    @Test("What is surely an object is one for the validator, and nearly all objects are", arguments: 0..<4)
    func objects(round: Int) {
        let seed = UInt64.random(in: 0..<1 << 32) &+ UInt64(round)
        var source = RandomText(seed: seed)
        var scanner = EventScanner()
        var differences: [String] = []
        for number in 0..<3_000 {
            let name = String(repeating: "n", count: number % 131)
            let behind = ["", " ", "\n\t", "x", "}", ",\"a\":1", "{}"][number % 7]
            let text = Array(" {\"\(name)\":".utf8) + source.next() + Array("}\(behind)".utf8)
            let isObject = (try? JSONValidator.validate(text.span)) == .object
            if scanner.isSurelyObject(text.span, depthMax: JSONLimits.depth) != isObject {
                differences.append(String(decoding: text, as: UTF8.self))
            }
        }
        #expect(differences.isEmpty, "seed \(seed)")
    }

    @Test("An object that is too deep, or that the scanner only suspects, is not surely one")
    func unsure() {
        var scanner = EventScanner()
        func isSure(_ text: String, depthMax: Int) -> Bool {
            scanner.isSurelyObject(Array(text.utf8).span, depthMax: depthMax)
        }
        func nested(_ depth: Int) -> String {
            String(repeating: #"{"a":"#, count: depth - 1) + "{}" + String(repeating: "}", count: depth - 1)
        }
        #expect(isSure(nested(5), depthMax: 5))
        #expect(!isSure(nested(6), depthMax: 5))
        #expect(isSure(nested(999), depthMax: 999))
        #expect(!isSure(nested(1_000), depthMax: 999))
        #expect(!isSure(#"{"a":[{},{},{}]}"#, depthMax: 3), "six containers may nest deeper than three")
        #expect(!isSure(#"{"a":\#(String(repeating: "1", count: 1_200))}"#, depthMax: 5))
        for text in ["", " ", "[]", "{}{}", "{} {}", "{}]", "1", "{", "{\"a\"}"] {
            #expect(!isSure(text, depthMax: 5), "\(text)")
        }
    }

    /// Texts of two tokens and what is between them, each of which stands at each position of a block.
    private static let fragmentTexts = [
        "1.5.2", "-1", "--1", "1-1", "01", "-01", "10", "0.01", "1.", ".1", "1e5", "1e05", "1E+5", "1e-05", "1e", "1e+",
        "1e5.1", "1e5e1", "1+1", "true", "tru", "truee", "nulltrue", "false1", "1true", "[1 2]", "[1,2]", "[1,]",
        "[,1]",
        #"{"a":1,"b":2}"#, #"{"a":1,}"#, #"{"a" "b":1}"#, #"{"a":"b":1}"#, #"["a":1]"#, #"{"a"}"#, #"{1:2}"#, "[[]1]",
        "[{}{}]", "{]", "[}", #"["a""b"]"#, #"["a"1]"#, #"[1"a"]"#, #"{"a"::1}"#, "[:]", "{,}",
        #"{"a":[1,"b",{"c":[]}]}"#,
        #""\"""#, #""\\\"""#, #""\x""#, #""\u12G4""#, "\"\u{1}\"", "\"é😀\"", "[\t1\n,\r2]", "\u{B}1", "é",
    ]

    @Test("Both say the same of each fragment at each position of a block", arguments: EventScannerTests.fragmentTexts)
    func fragments(_ fragment: String) {
        var scanner = EventScanner()
        for padding in 0..<140 {
            for rest in ["}", " }", ",\"b\":1}", "\n}garbage]\"\\", ""] {
                let text = Array("{\"\(String(repeating: "n", count: padding))\":\(fragment)\(rest)".utf8)
                let isEvent = (try? JSONValidator.validateEvent(text.span)) != nil
                #expect(accepts(text, &scanner) == isEvent, "\(padding): \(fragment)\(rest)")
            }
        }
    }

    @Test("UTF-8 and escapes that reach over the end of a block, right and wrong")
    func textAcrossBlocks() {
        var scanner = EventScanner()
        let pieces: [[UInt8]] = [
            Array("é".utf8), Array("\u{20AC}".utf8), Array("😀".utf8), [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xF0, 0x9F, 0x98],
            [0x80], [0xFF], Array(#"\\"#.utf8), Array(#"\\\""#.utf8), Array(#"\u00e9"#.utf8), Array(#"\u00e"#.utf8),
        ]
        for piece in pieces {
            for padding in 0..<140 {
                let text = Array("{\"a\":\"\(String(repeating: "n", count: padding))".utf8) + piece + Array("\"}".utf8)
                let isEvent = (try? JSONValidator.validateEvent(text.span)) != nil
                #expect(accepts(text, &scanner) == isEvent, "\(padding): \(piece)")
            }
        }
    }

    @Test("Containers are where the brackets are")
    func containerOffsets() {
        var scanner = EventScanner()
        let text = #" {"a":[1,{"]":[]}],"b":{},"c":[[],2]}"#
        #expect(accepts(Array(text.utf8), &scanner))
        let found = containers(scanner).map { Array(text)[Int($0.lowerBound)...Int($0.upperBound)] }.map { String($0) }
        #expect(
            found == [
                String(text.dropFirst()), #"[1,{"]":[]}]"#, #"{"]":[]}"#, "[]", "{}", "[[],2]", "[]",
            ])
    }

    @Test("Both accept and refuse the same long texts, wherever one byte of them is another", arguments: 0..<4)
    func longTexts(round: Int) {
        let seed = UInt64.random(in: 0..<1 << 32) &+ UInt64(round)
        var source = RandomText(seed: seed)
        var generator = SystemRandomNumberGenerator()
        var scanner = EventScanner()
        // Each a few thousand tokens, with so many brackets that there has to be room for more.
        for _ in 0..<20 {
            var text = Array("{\"all\":[".utf8)
            while text.count < 12_000 {
                let value = source.next()
                if (try? JSONValidator.validate(value.span)) == nil { continue }
                if text.last != UInt8(ascii: "[") { text.append(UInt8(ascii: ",")) }
                text += Array("[[],{\"n\":".utf8) + value + Array("}]".utf8)
            }
            text += Array("]}".utf8)
            #expect(accepts(text, &scanner), "seed \(seed)")
            for _ in 0..<50 {
                var other = text
                let place = Int.random(in: 1..<text.count, using: &generator)
                other[place] = Array("[]{},:\"1. x".utf8).randomElement(using: &generator) ?? 0
                let isEvent = (try? JSONValidator.validateEvent(other.span)) != nil
                #expect(accepts(other, &scanner) == isEvent, "seed \(seed), place \(place): \(other[place])")
            }
        }
    }

    @Test("Nesting is accepted down to the limit, and no further")
    func depth() {
        var scanner = EventScanner()
        for extra in [-1, 0, 1, 70] {
            let depth = EventScanner.depthLimit + extra
            let text = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
            #expect(accepts(Array(text.utf8), &scanner) == (extra <= 0), "depth \(depth)")
        }
    }

    @Test("Long numbers and strings make a text suspect, many short ones do not")
    func lengths() {
        var scanner = EventScanner()
        func passes(_ value: String) -> Bool {
            Array("{\"a\":\(value)}".utf8).withUnsafeBufferPointer { scanner.scan($0, enforcingLengths: true) }
        }
        #expect(!passes(String(repeating: "1", count: 1_200)))
        #expect(!passes("\"" + String(repeating: "x", count: 52_000) + "\""))
        #expect(passes("[" + (0..<5_000).map { _ in "123456789012" }.joined(separator: ",") + "]"))
        #expect(
            passes(
                "[" + (0..<4).map { _ in "\"\(String(repeating: "x", count: 30_000))\"" }.joined(separator: ",") + "]"))
    }
}
