import EventPattern
import ReferenceMatcher
import Testing

@Suite("The canonical form of a pattern")
struct CanonicalFormTests {
    @Test(
        "Ways to write the same are equal, hash equal and have one canonical text",
        arguments: [
            (#"{"a":[1],"b":["x"]}"#, #"{ "b" : [ "x" ] , "a":[1] }"#), (#"{"a":[1,2,"x"]}"#, #"{"a":["x",2,1,2]}"#),
            (#"{"\u0061":["\u00e9"]}"#, #"{"a":["é"]}"#), (#"{"a":["\/"]}"#, #"{"a":["/"]}"#),
            (#"{"a":{"b":[1]}}"#, #"{"a.b":[1]}"#), (#"{"a":{"b":[1],"c":[2]}}"#, #"{"a":{"c":[2]},"a.b":[1]}"#),
            (#"{"a":[1]}"#, #"{"a":[1.0]}"#), (#"{"a":[300]}"#, #"{"a":[3e2]}"#), (#"{"a":[-0]}"#, #"{"a":[0]}"#),
            (#"{"a":[1]}"#, #"{"a":[{"numeric":["=",10e-1]}]}"#), (#"{"a":["x"]}"#, #"{"a":[{"exactly":"x"}]}"#),
            (#"{"a":["10.0.0.1"]}"#, #"{"a":["010.0.0.1"]}"#),
            (#"{"a":["2001:db8::1"]}"#, #"{"a":["2001:0DB8:0:0:0:0:0:1"]}"#),
            (#"{"a":[{"cidr":"10.0.0.77/24"}]}"#, #"{"a":[{"cidr":"10.0.0.0/024"}]}"#),
            (#"{"a":[{"anything-but":"x"}]}"#, #"{"a":[{"anything-but":["x"]}]}"#),
            (#"{"a":[{"anything-but":[1,2]}]}"#, #"{"a":[{"anything-but":[2.0,1,2]}]}"#),
            (#"{"a":[{"anything-but":{"prefix":["x","y"]}}]}"#, #"{"a":[{"anything-but":{"prefix":["y","x"]}}]}"#),
            (#"{"a":[9],"a":[1]}"#, #"{"a":[1]}"#),
            (#"{"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"$or":[{"b":[2]},{"a":[1]},{"b":[2]}]}"#),
            (#"{"x":[0],"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"$or":[{"a":[1],"x":[0]},{"b":[2],"x":[0]}]}"#),
            (#"{"d":{"$or":[{"a":[1]},{"b":[2]}]}}"#, #"{"$or":[{"d.a":[1]},{"d":{"b":[2]}}]}"#),
            (#"{"$or":[{"a":[1]},{"b":[2]}],"a":[3],"b":[4]}"#, #"{"a":[3],"b":[4]}"#),
            (#"{"a":[1]} and more"#, #"{"a":[1]}"#),
        ])
    func equal(one: String, other: String) throws {
        let (a, b) = (try EventPattern(one), try EventPattern(other))
        #expect(a == b)
        #expect(a.hashValue == b.hashValue)
        #expect(a.canonicalText == b.canonicalText)
        #expect(a.text == one)
    }

    @Test(
        "What means something else is different",
        arguments: [
            (#"{"a":[1]}"#, #"{"a":["1"]}"#), (#"{"a":["10.0.0.1"]}"#, #"{"a":[{"exactly":"10.0.0.1"}]}"#),
            (#"{"a":["é"]}"#, "{\"a\":[\"e\u{301}\"]}"), (#"{"a":[9007199254740993]}"#, #"{"a":[9007199254740992]}"#),
            (#"{"a":[9007199254740993]}"#, #"{"a":[9007199254740993.0]}"#), (#"{"a":[1]}"#, #"{"A":[1]}"#),
            (#"{"a":[{"prefix":"x"}]}"#, #"{"a":[{"suffix":"x"}]}"#),
            (#"{"a":[1],"b":[2]}"#, #"{"$or":[{"a":[1]},{"b":[2]}]}"#),
            (#"{"a":[1],"$or":[{"a":[2]},{"b":[3]}]}"#, #"{"$or":[{"a":[2]},{"b":[3]}],"a":[1]}"#),
            (#"{"a":[{"equals-ignore-case":"ß"}]}"#, #"{"a":[{"equals-ignore-case":"SS"}]}"#),
        ])
    func different(one: String, other: String) throws {
        #expect(try EventPattern(one) != EventPattern(other))
        // Bytes, since equal strings may have different bytes.
        #expect(try Array(EventPattern(one).canonicalText.utf8) != Array(EventPattern(other).canonicalText.utf8))
    }

    @Test(
        "The text is as short and plain as the pattern",
        arguments: [
            (
                #"{"detail":{"code":[{"numeric":["<",5e2]},404,1e21,1.5e-7]},"source":["b","a"]}"#,
                #"{"detail.code":[0.00000015,1e21,404,{"numeric":["<",500]}],"source":["a","b"]}"#
            ),
            (#"{"prefix":["x"],"$or":[{"a":[1]},{"b":[2]}]}"#, #"{"prefix":["x"],"$or":[{"a":[1]},{"b":[2]}]}"#),
            (#"{"$or":[{"a":[1]},{"b":[2]}],"a":[3]}"#, #"{"$or":[{"a":[3]},{"a":[3],"b":[2]}]}"#),
            (#"{"a":["\ud800","\n"]}"#, #"{"a":["\n","\ud800"]}"#),
            (
                #"{"a":[{"anything-but":{"wildcard":"\\*x*"}},{"cidr":"2001:DB8:0:0:1::/64"}]}"#,
                #"{"a":[{"anything-but":{"wildcard":"\\*x*"}},{"cidr":"2001:db8::/64"}]}"#
            ),
        ])
    func text(pattern: String, canonical: String) throws {
        #expect(try EventPattern(pattern).canonicalText == canonical)
        #expect(try EventPattern(canonical).canonicalText == canonical)
    }

    @Test("Fields stand in the order of UTF-16 code units, which is not that of bytes")
    func order() throws {
        let pattern = try EventPattern("{\"\u{FB01}\":[1],\"😀\":[2],\"a\":[3],\"\\ud900\":[4]}")
        #expect(pattern.canonicalText == "{\"a\":[3],\"😀\":[2],\"\\ud900\":[4],\"\u{FB01}\":[1]}")
    }

    @Test("Shuffling keys, values, white space and escapes changes nothing", arguments: 0..<50)
    func shuffling(round: Int) throws {
        let seed = UInt64.random(in: 0..<1 << 32) &+ UInt64(round)
        var generator = PatternGenerator(seed: seed)
        var random = SeededGenerator(seed: seed)
        // Every field has a name of its own: where names meet, their order has a meaning.
        let fields = (0..<6).map { "\"k\($0)\":\(generator.alternatives())" }
        func text(_ random: inout SeededGenerator) -> String {
            func object(_ members: [String]) -> String {
                let space = random.pick(["", " ", "\n\t"])
                return "{\(space)\(members.shuffled(using: &random).joined(separator: ",\(space)"))\(space)}"
            }
            let or = "\"\(random.pick(["$or", "\\u0024or"]))\":["
            let branches = [object([fields[0], fields[1]]), object([fields[2]]), object([fields[3]])]
            let nested = "\"n\":" + object([fields[4]])
            return object([fields[5], nested, or + branches.shuffled(using: &random).joined(separator: ",") + "]"])
        }
        let first = text(&random)
        let second = text(&random)
        guard let one = try? EventPattern(first) else {
            // Random wildcards can be too complex together, in whatever order they stand.
            #expect(throws: EventPatternError.self, "seed \(seed)") { try EventPattern(second) }
            return
        }
        #expect(try one == EventPattern(second), "seed \(seed): \(first) and \(second)")
        #expect(try one.canonicalText == EventPattern(second).canonicalText, "seed \(seed)")
    }
}
