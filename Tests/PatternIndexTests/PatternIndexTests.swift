import EventPattern
import JSONText
import PatternIndex
import Testing

@Suite("The index of patterns")
struct PatternIndexTests {
    private func match(_ index: PatternIndex, _ event: String) throws -> [PatternID] {
        var ids: [PatternID] = []
        try index.match(Array(event.utf8), into: &ids)
        return ids
    }

    @Test("Equal patterns share one id, which lives until each insertion is taken back")
    func sharedIDs() throws {
        let index = PatternIndex()
        let first = index.insert(try EventPattern(#"{"a":[1,"x"],"b":["\u0079"]}"#))
        let second = index.insert(try EventPattern(#"{ "b":["y"], "a":["x",1.0] }"#))
        #expect(first == second)
        #expect(index.statistics.patterns == 2 && index.statistics.distinct == 1)
        index.remove(first)
        #expect(try match(index, #"{"a":1,"b":"y"}"#) == [first])
        index.remove(first)
        #expect(try match(index, #"{"a":1,"b":"y"}"#).isEmpty)
        #expect(index.pattern(first) == nil)
        #expect(index.statistics.patterns == 0 && index.statistics.distinct == 0)
    }

    @Test(
        "Patterns share an id only if they are equal", arguments: [("ABC", "abc"), ("É", "é"), ("ß", "SS"), ("K", "k")])
    func sharedIDsOfEqualPatterns(one: String, other: String) throws {
        let index = PatternIndex()
        let (first, second) = (
            try EventPattern(#"{"a":[{"equals-ignore-case":"\#(one)"}]}"#),
            try EventPattern(#"{"a":[{"equals-ignore-case":"\#(other)"}]}"#)
        )
        let shareID = index.insert(first) == index.insert(second)
        #expect(shareID == (first == second))
    }

    @Test("Replacing moves one insertion to the new pattern")
    func replacing() throws {
        let index = PatternIndex()
        let old = try EventPattern(#"{"a":[1]}"#)
        let id = index.insert(old)
        _ = index.insert(old)
        let new = index.replace(id, with: try EventPattern(#"{"a":[2]}"#))
        #expect(new != id)
        #expect(try match(index, #"{"a":[1,2]}"#) == [id, new].sorted())
        let last = index.replace(id, with: try EventPattern(#"{"a":[2]}"#))
        #expect(last == new)
        #expect(try match(index, #"{"a":[1,2]}"#) == [new])
    }

    @Test("Removing an id that is not there changes nothing")
    func removingNothing() throws {
        let index = PatternIndex()
        let id = index.insert(try EventPattern(#"{"a":[1]}"#))
        index.remove(PatternID(rawValue: 77))
        #expect(try match(index, #"{"a":1}"#) == [id])
        #expect(index.statistics.patterns == 1)
    }

    @Test("Ids are appended behind what is there, ascending, each once")
    func appending() throws {
        let index = PatternIndex()
        let one = index.insert(try EventPattern(#"{"a":[1,2]}"#))
        let two = index.insert(try EventPattern(#"{"a":[2]}"#))
        let three = index.insert(try EventPattern(#"{"b":[{"exists":false}]}"#))
        var ids = [PatternID(rawValue: 99)]
        try index.match(Array(#"{"a":[2,1,2]}"#.utf8), into: &ids)
        #expect(ids == [PatternID(rawValue: 99), one, two, three])
    }

    @Test("An event that is no JSON is refused even where nobody looks, and nothing is appended")
    func invalidEvents() throws {
        let index = PatternIndex()
        _ = index.insert(try EventPattern(#"{"a":[1]}"#))
        for (event, message) in [
            (#"{"a":1,"z":[1,}"#, "Unexpected character ('}' (code 125)): expected a value"),
            ("[]", "Event must be a JSON object"), ("", "Event must be a JSON object"),
            (#"{"a":1"#, "Unexpected end-of-input: expected close marker for Object"),
        ] {
            var ids: [PatternID] = []
            let error = #expect(throws: JSONSyntaxError.self) { try index.match(Array(event.utf8), into: &ids) }
            #expect(error?.message.hasPrefix(message) == true, "\(event): \(String(describing: error))")
            #expect(ids.isEmpty)
        }
    }

    @Test("Text after the event is ignored")
    func trailingText() throws {
        let index = PatternIndex()
        let id = index.insert(try EventPattern(#"{"a":[1]}"#))
        #expect(try match(index, #"{"a":1} and more }"#) == [id])
    }

    @Test("An empty index matches nothing, but still reads the event")
    func emptyIndex() throws {
        #expect(try match(PatternIndex(), #"{"a":1}"#).isEmpty)
        #expect(throws: JSONSyntaxError.self) { try match(PatternIndex(), #"{"a":}"#) }
    }

    @Test("Ids and paths of removed patterns are used again without mixing anything up")
    func reuse() throws {
        let index = PatternIndex()
        for round in 0..<2_000 {
            let id = index.insert(try EventPattern("{\"name-\(round)-and-a-long-rest-of-it\":[\(round)]}"))
            #expect(try match(index, "{\"name-\(round)-and-a-long-rest-of-it\":\(round)}") == [id])
            #expect(try match(index, "{\"name-\(round - 1)-and-a-long-rest-of-it\":\(round - 1)}").isEmpty)
            index.remove(id)
        }
    }

    @Test("Memory for a large event is given back when a hundred small ones have passed")
    func largeEvents() throws {
        let index = PatternIndex()
        let patterns = try [#"{"a":{"x":[1],"y":[2]}}"#, #"{"a":{"x":[{"numeric":[">",3]}],"y":["\u0041"]}}"#].map {
            index.insert(try EventPattern($0))
        }
        let small = Array(#"{"a":[{"x":1,"y":2},{"x":4,"y":"\u0041"}]}"#.utf8)
        var found: [PatternID] = []
        try index.match(small, into: &found)
        #expect(found == patterns)
        let least = index.statistics.scratchBytes
        #expect(least < 1 << 17)
        let elements = (0..<50_000).map { "{\"x\":\($0),\"y\":\"\\u0041\"},{\"x\":1,\"y\":1}" }
        let large = Array("{\"a\":[\(elements.joined(separator: ","))]}".utf8)
        found.removeAll()
        try index.match(large, into: &found)
        #expect(found == [patterns[1]])
        #expect(index.statistics.scratchBytes > 10_000_000)
        #expect(index.counts.scratchBytes == index.statistics.scratchBytes)
        // The first of them finds what the large one has left.
        for _ in 0..<101 {
            found.removeAll()
            try index.match(small, into: &found)
            #expect(found == patterns)
        }
        // Parts of up to 128 kB are kept, and there are few of them that such an event needs.
        #expect(index.statistics.scratchBytes < 1 << 20)
        found.removeAll()
        try index.match(large, into: &found)
        try index.match(small, into: &found)
        #expect(found == [patterns[1]] + patterns)
    }
}
