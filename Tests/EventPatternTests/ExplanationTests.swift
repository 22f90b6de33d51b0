import EventPattern
import JSONText
import Testing

@Suite("Explaining a match or a miss")
struct ExplanationTests {
    /// The leaf at `path`, or the only one.
    private func leaf(_ pattern: String, _ event: String, _ path: String? = nil) throws -> Explanation.Leaf {
        let explanation = try EventPattern(pattern).explain(Array(event.utf8))
        return try #require(explanation.leaves.first { path == nil || $0.path == path })
    }

    @Test("A match tells the value found and the alternative that it satisfies")
    func match() throws {
        let explanation = try EventPattern(#"{"detail":{"state":["off",{"prefix":"run"}]}}"#)
            .explain(Array(#"{"detail":{"state":"running"}}"#.utf8))
        let leaf = try #require(explanation.leaves.first)
        #expect(explanation.matched)
        #expect(explanation.summary == nil)
        #expect(leaf.path == "detail.state")
        #expect(leaf.jsonPath == "$.detail.state")
        #expect(leaf.found == [#""running""#])
        #expect(leaf.expected == [#""off""#, #"{"prefix":"run"}"#])
        #expect(leaf.satisfied == [false, true])
        #expect(leaf.cause == nil)
    }

    @Test(
        "A miss names its nearest likely cause",
        arguments: [
            (
                #"{"detail":{"status":["ok"]}}"#, #"{"detail":{"Status":"ok"}}"#,
                .nameDiffersInCase(actual: "detail.Status")
            ),
            (#"{"detail":{"status":["ok"]}}"#, #"{"detail":{"sttaus":"ok"}}"#, .nameMisspelt(actual: "detail.sttaus")),
            (#"{"status":["ok"]}"#, #"{"detail":{"status":"ok"}}"#, .elsewhere(actual: "detail.status")),
            (#"{"detail":{"colour":["red"]}}"#, #"{"detail":{"size":1}}"#, .missing(parent: "detail")),
            (#"{"colour":["red"]}"#, #"{"size":1}"#, .missing(parent: nil)),
            (#"{"detail":{"a":[1]}}"#, #"{"detail":"{\"a\":1}"}"#, .stringInsteadOfObject(path: "detail")),
            (#"{"detail":[{"exists":true}]}"#, #"{"detail":{"a":1}}"#, .notALeaf(field: "detail.a")),
            (#"{"a":["x"]}"#, #"{"a":[]}"#, .emptyArray(path: "a")),
            (#"{"a":{"b":["x"]}}"#, #"{"a":[[],[]]}"#, .emptyArray(path: "a")),
            (#"{"a":["300"]}"#, #"{"a":300}"#, .numberForString),
            (#"{"a":[300]}"#, #"{"a":"300"}"#, .stringForNumber),
            (#"{"a":[{"numeric":[">",3]}]}"#, #"{"a":"300"}"#, .stringForNumber),
            (#"{"a":["true"]}"#, #"{"a":true}"#, .wordForString),
            (#"{"a":[null]}"#, #"{"a":"null"}"#, .wordForString),
            (#"{"a":["Running"]}"#, #"{"a":"running"}"#, .valueDiffersInCase),
            (#"{"a":[{"prefix":"Run"}]}"#, #"{"a":"running"}"#, .valueDiffersInCase),
            (#"{"a":["x"]}"#, #"{"a":" x\n"}"#, .valueDiffersInSpace),
            (#"{"a":[{"numeric":["<",3]}]}"#, #"{"a":9007199254740993}"#, .numberNotComparable),
            (#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, #"{"a":"10.0.0"}"#, .notAnAddress),
            (#"{"a":[{"cidr":"10.0.0.0/8"},{"cidr":"::/8"}]}"#, #"{"a":[10,"10.0.0.1/32"]}"#, .notAnAddress),
            (#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, #"{"a":["x","192.168.0.1"]}"#, .valueDiffers),
            (#"{"a":[{"cidr":"10.0.0.0/8"},"Local"]}"#, #"{"a":"local"}"#, .valueDiffersInCase),
            (#"{"a":[{"exists":false}]}"#, #"{"a":null}"#, .present),
            (#"{"a":["x"]}"#, #"{"a":"y"}"#, .valueDiffers),
            (#"{"a":[{"anything-but":"x"}]}"#, #"{"a":"x"}"#, .valueDiffers),
        ] as [(String, String, MissCause)])
    func cause(pattern: String, event: String, cause: MissCause) throws {
        let leaf = try leaf(pattern, event)
        #expect(!leaf.matched)
        #expect(leaf.cause == cause)
        #expect(!cause.description.isEmpty)
    }

    @Test("A field that matches only in another element of the array is to blame, and no other")
    func otherElement() throws {
        let pattern = #"{"items":{"price":[{"numeric":[">",10]}],"sku":["b"]}}"#
        let event = #"{"items":[{"sku":"a","price":20},{"sku":"b","price":5}]}"#
        #expect(try leaf(pattern, event, "items.price").matched)
        let blamed = try leaf(pattern, event, "items.sku")
        #expect(!blamed.matched)
        #expect(blamed.cause == .otherElement)
        #expect(blamed.found == [#""a""#, #""b""#])

        let withAnotherMiss = #"{"items":{"price":[{"numeric":[">",10]}],"sku":["b"]},"state":["paid"]}"#
        #expect(try leaf(withAnotherMiss, event, "items.sku").cause == .otherElement)
        #expect(try leaf(withAnotherMiss, event, "state").cause == .missing(parent: nil))
    }

    @Test("Of several branches of $or, the miss is that of the closest")
    func closestBranch() throws {
        let pattern = #"{"$or":[{"a":[1],"b":[1],"c":[1]},{"a":[2],"b":[2],"d":[9]}]}"#
        let explanation = try EventPattern(pattern).explain(Array(#"{"a":2,"b":2,"c":3,"d":4}"#.utf8))
        #expect(!explanation.matched)
        #expect(explanation.summary == "d: it is 4, and the pattern wants 9")
        guard case .or(false, let branches) = explanation.nodes.first else {
            Issue.record("the first node is no $or: \(explanation.nodes)")
            return
        }
        #expect(branches.map { $0.nodes.map(\.matched) } == [[false, false, false], [true, true, false]])
    }

    @Test("A field that a later one of the same path replaces is told apart")
    func overridden() throws {
        let explanation = try EventPattern(#"{"a":[9],"a":[1]}"#).explain(Array(#"{"a":1}"#.utf8))
        #expect(explanation.matched)
        #expect(explanation.leaves.map(\.cause) == [.overridden, nil])
    }

    @Test("Long lists of values are cut, and counted")
    func manyValues() throws {
        let numbers = (1...50).map(String.init).joined(separator: ",")
        let leaf = try leaf(#"{"a":[0]}"#, "{\"a\":[\(numbers)]}")
        #expect(leaf.found == ["1", "2", "3", "4", "5"])
        #expect(leaf.foundCount == 50)
    }

    @Test("An event that is not JSON is refused with its place")
    func syntaxError() throws {
        let pattern = try EventPattern(#"{"a":[1]}"#)
        #expect { try pattern.explain(Array("{\"a\":\n tru}".utf8)) } throws: { ($0 as? JSONSyntaxError)?.line == 2 }
    }
}
