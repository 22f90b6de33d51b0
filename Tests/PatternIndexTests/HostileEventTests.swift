import EventPattern
import PatternIndex
import ReferenceMatcher
import Testing

/// Events made to be expensive. None of these ends within a day when the work grows with the product of array lengths.
@Suite("Hostile events")
struct HostileEventTests {
    private func matches(_ pattern: String, _ event: String) throws -> Bool {
        let index = PatternIndex()
        let id = index.insert(try EventPattern(pattern))
        var ids: [PatternID] = []
        try index.match(Array(event.utf8), into: &ids)
        return ids == [id]
    }

    private func list(_ count: Int, _ element: (Int) -> String) -> String {
        "[" + (0..<count).map(element).joined(separator: ",") + "]"
    }

    @Test("Two fields of 10,000 elements that never meet in one element")
    func elementsApart() throws {
        let event = "{\"a\":" + list(10_000) { $0 % 2 == 0 ? #"{"x":1}"# : #"{"y":2}"# } + "}"
        #expect(try !matches(#"{"a":{"x":[1],"y":[2]}}"#, event))
        #expect(try matches(#"{"a":{"x":[1],"z":[{"exists":false}]}}"#, event))
    }

    @Test("Many fields, each matching in 10,000 elements, the last in none")
    func manyFieldsOfOneArray() throws {
        let event = "{\"a\":" + list(10_000) { "{\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":\($0)}" } + "}"
        let fields = #""b":[1],"c":[1],"d":[1],"e":[1],"f":[1]"#
        #expect(try !matches(#"{"a":{\#(fields),"g":[-1]}}"#, event))
        #expect(try matches(#"{"a":{\#(fields),"g":[9999]}}"#, event))
        #expect(try !matches(#"{"a":{\#(fields),"g":[{"exists":false}]}}"#, event))
    }

    @Test("Sibling arrays whose elements could be combined at will")
    func siblingArrays() throws {
        let names = (0..<20).map { "k\($0)" }
        let event =
            "{" + names.map { "\"\($0)\":" + list(500) { "{\"v\":\($0),\"w\":0}" } }.joined(separator: ",") + "}"
        let fields = names.map { "\"\($0)\":{\"v\":[{\"numeric\":[\">=\",0]}],\"w\":[0]}" }
        #expect(try matches("{\(fields.joined(separator: ","))}", event))
        #expect(try !matches("{\(fields.joined(separator: ",")),\"k9\":{\"v\":[3],\"w\":[1]}}", event))
    }

    @Test("Arrays in arrays")
    func nestedArrays() throws {
        let inner = list(100) { "{\"x\":\($0),\"y\":{\"z\":1}}" }
        let event = "{\"a\":" + list(100) { _ in inner } + "}"
        #expect(try matches(#"{"a":{"x":[99],"y":{"z":[1]}}}"#, event))
        #expect(try !matches(#"{"a":{"x":[99],"y":{"z":[2]}}}"#, event))
    }

    @Test("Repeated names that encode a formula end the search, not the process")
    func repeatedNames() throws {
        // The pigeonhole principle: each array is a hole, each of its elements a pigeon, each field wants one pigeon
        // somewhere. With a hole for every pigeon they fit.
        func holes(_ count: Int, pigeons: Int) -> String {
            let hole = "\"a\":" + list(pigeons) { "{\"p\($0)\":1}" }
            return "{\((0..<count).map { _ in hole }.joined(separator: ","))}"
        }
        func wanted(_ pigeons: Int) -> String {
            "{\"a\":{\((0..<pigeons).map { "\"p\($0)\":[1]" }.joined(separator: ","))}}"
        }
        #expect(try matches(wanted(15), holes(15, pigeons: 15)))
        #expect(try !matches(wanted(15), holes(14, pigeons: 15)))
    }

    @Test("An event as deep as JSON may be, and one deeper")
    func deepEvents() throws {
        let path = (0..<200).map { _ in "a" }.joined(separator: ".")
        let deep = String(repeating: #"{"a":"#, count: 999) + "1" + String(repeating: "}", count: 999)
        #expect(try !matches("{\"\(path)\":[1]}", deep))
        #expect(throws: (any Error).self) {
            try matches(#"{"b":[1]}"#, #"{"a":"# + String(repeating: "[", count: 1_000_000))
        }
    }

    @Test("A wildcard of many parts on a long value")
    func longWildcard() throws {
        let value = String(repeating: "ab", count: 100_000)
        #expect(try !matches(#"{"a":[{"wildcard":"*b*c"}]}"#, "{\"a\":\"\(value)\"}"))
        #expect(try matches(#"{"a":[{"wildcard":"a*ab*b"}]}"#, "{\"a\":\"\(value)\"}"))
    }

    @Test("A piece of a wildcard that stands everywhere in a long value")
    func repeatedPiece() throws {
        let value = String(repeating: "a", count: 200_000)
        #expect(try !matches(#"{"x":[{"wildcard":"*a*b*"}]}"#, "{\"x\":\"\(value)\"}"))
        #expect(try matches(#"{"x":[{"wildcard":"*a*b*"}]}"#, "{\"x\":[\"\(value)\",\"cab\"]}"))
    }

    @Test("Thousands of ranges, and thousands of numbers in each of them")
    func rangesOfManyNumbers() throws {
        let index = PatternIndex()
        let ids = try (0..<3_000).map { number in
            index.insert(try EventPattern("{\"x\":[{\"numeric\":[\">\",\(number)]}],\"y\":[{\"exists\":true}]}"))
        }
        var found: [PatternID] = []
        let numbers = list(10_000) { _ in "1000000" }
        try index.match(Array("{\"x\":\(numbers)}".utf8), into: &found)
        #expect(found.isEmpty)
        try index.match(Array("{\"y\":1,\"x\":\(numbers)}".utf8), into: &found)
        #expect(found == ids.sorted())
    }

    @Test("Numbers that are looked up together are in the ranges that each is in alone", arguments: 0..<20)
    func numbersTogether(round: Int) throws {
        let seed = UInt64.random(in: 0..<1 << 32) &+ UInt64(round)
        var random = SeededGenerator(seed: seed)
        let index = PatternIndex()
        var patterns: [(pattern: EventPattern, id: PatternID)] = []
        for _ in 0..<200 {
            let least = Int.random(in: -1_000...1_000, using: &random)
            let greatest = least + Int.random(in: 1...60, using: &random)
            let bound = ["\">\",\(least),\"<=\",\(greatest)", "\">=\",\(least).5", "\"<\",\(greatest)e0"].randomElement(
                using: &random)
            let pattern = try EventPattern("{\"x\":[{\"numeric\":[\(bound ?? "")]}]}")
            patterns.append((pattern, index.insert(pattern)))
        }
        for count in [1, 31, 32, 33, 34, 100, 300] {
            let middle = Int.random(in: -1_000...1_000, using: &random)
            let event = Array(
                "{\"x\":\(list(count) { "\(middle + $0 % 7 * 40).\($0 % 3)\($0 % 5 == 0 ? "0000000000000000001" : "")" })}"
                    .utf8)
            var found: [PatternID] = []
            try index.match(event, into: &found)
            for (pattern, id) in patterns {
                #expect(try pattern.matches(event) == found.contains(id), "seed \(seed): \(pattern)")
            }
        }
    }

    @Test("Thousands of tests that every value is put to, all satisfied by the first")
    func manyScans() throws {
        let index = PatternIndex()
        let ids = try (0..<1_000).map { number in
            index.insert(try EventPattern("{\"x\":[{\"anything-but\":[\"v-\(number)\"]}]}"))
        }
        var found: [PatternID] = []
        try index.match(Array("{\"x\":\(list(10_000) { _ in "\"other\"" })}".utf8), into: &found)
        #expect(found == ids.sorted())
    }

    @Test("Thousands of lists of excluded values, and thousands of values that they exclude")
    func manyExclusions() throws {
        let index = PatternIndex()
        // Each excludes what all exclude, and one value that no other does.
        let ids = try (0..<2_000).map { number in
            index.insert(try EventPattern("{\"x\":[{\"anything-but\":[\"all\",\"v-\(number)\"]}]}"))
        }
        let numbers = try (0..<2_000).map { number in
            index.insert(try EventPattern("{\"x\":[{\"anything-but\":[1,\(number + 2)]}]}"))
        }
        var found: [PatternID] = []
        try index.match(Array("{\"x\":\(list(10_000) { _ in "\"all\"" })}".utf8), into: &found)
        #expect(found == numbers.sorted())
        // Some steps for each pattern.
        #expect(index.steps < 20_000)
        found.removeAll()
        // The second value satisfies all tests but one.
        try index.match(Array("{\"x\":[\"all\",\"v-7\",\"all\"]}".utf8), into: &found)
        #expect(Set(found) == Set(ids + numbers).subtracting([ids[7]]))
        found.removeAll()
        try index.match(Array("{\"x\":[1,1,\"all\",true]}".utf8), into: &found)
        #expect(found == (ids + numbers).sorted())
        for id in ids + numbers { index.remove(id) }
        #expect(index.statistics.isEmpty)
        #expect(index.abandoned == 0)
    }

    @Test("Few and many lists of excluded values leave the same unsatisfied", arguments: 0..<10)
    func exclusionsTogether(round: Int) throws {
        let seed = UInt64.random(in: 0..<1 << 32) &+ UInt64(round)
        var random = SeededGenerator(seed: seed)
        func value() -> String {
            let number = Int.random(in: 0..<5, using: &random)
            return ["\(number)", "\"\(number)\"", "\(number).0", "\"v\(number)\""].randomElement(using: &random) ?? "0"
        }
        let index = PatternIndex()
        var patterns: [(pattern: EventPattern, id: PatternID)] = []
        for size in [1, 2, 3, 4, 9, 30] {
            while patterns.count < size {
                let isString = Bool.random(using: &random)
                let values = (0..<Int.random(in: 1...6, using: &random)).map { _ in value() }.filter {
                    $0.hasPrefix("\"") == isString
                }
                if values.isEmpty { continue }
                let pattern = try EventPattern("{\"x\":[{\"anything-but\":[\(values.joined(separator: ","))]}]}")
                patterns.append((pattern, index.insert(pattern)))
            }
            for _ in 0..<30 {
                let count = Int.random(in: 1...6, using: &random)
                let event = Array(
                    "{\"x\":\(list(count) { _ in Int.random(in: 0..<9, using: &random) == 0 ? "null" : value() })}".utf8
                )
                var found: [PatternID] = []
                try index.match(event, into: &found)
                for (pattern, id) in patterns {
                    #expect(try pattern.matches(event) == found.contains(id), "seed \(seed): \(pattern)")
                }
            }
        }
    }

    @Test("Tests that cannot be looked up, on thousands of values, take no more steps than an event may")
    func scansAreLimited() throws {
        let index = PatternIndex()
        for number in 0..<500 {
            _ = index.insert(try EventPattern("{\"x\":[{\"anything-but\":{\"wildcard\":\"*a*\(number)*\"}}]}"))
        }
        let text = "a" + (0..<500).map { "\($0)" }.joined()
        let event = Array("{\"x\":\(list(1_000) { _ in "\"\(text)\"" })}".utf8)
        var found: [PatternID] = []
        try index.match(event, into: &found)
        #expect(found.isEmpty)
        #expect(index.steps < 4_000_000 + 33 * event.count)
        #expect(index.abandoned > 0)
    }

    @Test("Prefixes of thousands of lengths come and go one by one")
    func manyLengths() throws {
        let index = PatternIndex()
        let text = String(repeating: "a", count: 4_000)
        let ids = try (1...4_000).map {
            index.insert(try EventPattern("{\"x\":[{\"prefix\":\"\(text.prefix($0))\"}]}"))
        }
        var found: [PatternID] = []
        try index.match(Array("{\"x\":\"\(text)\"}".utf8), into: &found)
        #expect(found == ids.sorted())
        for id in ids where id.rawValue % 2 == 0 { index.remove(id) }
        found.removeAll()
        try index.match(Array("{\"x\":\"\(text.prefix(10))\"}".utf8), into: &found)
        #expect(found.count == 5)
        for id in ids where id.rawValue % 2 == 1 { index.remove(id) }
        #expect(index.statistics.isEmpty)
    }
}
