import EventPattern
import PatternIndex
import ReferenceMatcher
import Testing

/// Many patterns that ask about the same large arrays: what is done for one of them must not be done again for each.
///
/// Work is counted in steps (`PatternIndex.steps`), so that these tests say the same on any machine.
@Suite("Many patterns on the same arrays")
struct SharedArrayTests {
    private static let count = 2_000

    private static func list(_ element: (Int) -> String) -> String {
        "[" + (0..<count).map(element).joined(separator: ",") + "]"
    }

    /// Patterns by number, an event, and which of them it matches.
    struct Scene: Sendable, CustomTestStringConvertible {
        let name: String
        let pattern: @Sendable (Int) -> String
        let event: String
        var matches: @Sendable (Int) -> Bool = { _ in true }
        var testDescription: String { name }
    }

    static let scenes = [
        Scene(
            name: "Two tests that never meet, and a third outside the array",
            pattern: { #"{"k":[\#($0)],"a":{"x":[1],"y":[2]}}"# },
            event: #"{"k":\#(list { "\($0)" }),"a":\#(list { $0 % 2 == 0 ? #"{"x":1}"# : #"{"y":2}"# })}"#,
            matches: { _ in false }),
        Scene(
            name: "The same, but they meet in the last element",
            pattern: { #"{"k":[\#($0)],"a":{"x":[1],"y":[2]}}"# },
            event: #"""
                {"k":\#(list { "\($0)" }),
                "a":\#(list { $0 == count - 1 ? #"{"x":1,"y":2}"# : $0 % 2 == 0 ? #"{"x":1}"# : #"{"y":2}"# })}
                """#),
        Scene(
            name: "Two tests that all elements satisfy, and a third that one does",
            pattern: { #"{"a":{"x":[1],"y":[2],"z":[\#($0)]}}"# },
            event: #"{"a":\#(list { #"{"x":1,"y":2,"z":\#($0)}"# })}"#),
        Scene(
            name: "Pairs of values, each in one element",
            pattern: { #"{"a":{"x":["\#($0)"],"y":[\#($0)]}}"# },
            event: #"{"a":\#(list { #"{"x":"\#($0)","y":\#($0 / 2 * 2)}"# })}"#, matches: { $0 % 2 == 0 }),
        Scene(
            name: "Ranges, and a value in one element",
            pattern: { #"{"a":{"x":[{"numeric":[">=",\#($0)]}],"y":[\#($0)]}}"# },
            event: #"{"a":\#(list { #"{"x":\#($0),"y":\#(count - 1 - $0)}"# })}"#,
            matches: { count - 1 - $0 >= $0 }),
        Scene(
            name: "Absence between two tests",
            pattern: { #"{"a":{"a":[1],"w":[{"exists":false}],"z":[\#($0)]}}"# },
            event: #"{"a":\#(list { $0 % 2 == 0 ? #"{"a":1,"w":1,"z":\#($0)}"# : #"{"a":1,"z":\#($0)}"# })}"#,
            matches: { $0 % 2 == 1 }),
        Scene(
            name: "Arrays in an array",
            pattern: { #"{"a":{"b":{"x":[1],"y":[\#($0)]},"c":[1]}}"# },
            event: #"""
                {"a":[\#((0..<count / 10).map { outer in
                    let inner = (0..<10).map { #"{"x":1,"y":\#(outer * 10 + $0)}"# }.joined(separator: ",")
                    return "{\"c\":\(outer % 2),\"b\":[\(inner)]}"
                }.joined(separator: ","))]}
                """#,
            matches: { $0 / 10 % 2 == 1 }),
    ]

    @Test("Work grows with the patterns and with the event, not with their product", arguments: scenes)
    func work(scene: Scene) throws {
        let index = PatternIndex()
        let ids = try (0..<Self.count).map { index.insert(try EventPattern(scene.pattern($0))) }
        var found: [PatternID] = []
        try index.match(Array(scene.event.utf8), into: &found)
        #expect(found == (0..<Self.count).filter(scene.matches).map { ids[$0] }.sorted(), "\(scene.name)")
        // Some dozens for each pattern and each element; one for each pair would be 2,000 times as many.
        #expect(index.steps < 60 * Self.count, "\(scene.name)")
        #expect(index.abandoned == 0)
    }

    @Test("Where the product cannot be avoided, the work is limited, and what is given up is counted")
    func limit() throws {
        // Each pattern has ranges of its own, which most elements satisfy, but no element both of them.
        let index = PatternIndex()
        for number in 0..<3_000 {
            _ = index.insert(
                try EventPattern(
                    #"{"a":{"x":[{"numeric":[">",\#(number)]}],"y":[{"numeric":["<",\#(9_000 - number)]}]}}"#))
        }
        let elements = (0..<9_000).map { $0 % 2 == 0 ? "{\"x\":\($0)}" : "{\"y\":\($0)}" }
        var found: [PatternID] = []
        let event = Array("{\"a\":[\(elements.joined(separator: ","))]}".utf8)
        try index.match(event, into: &found)
        #expect(found.isEmpty)
        let limit = 4_000_000 + 32 * event.count
        // What is begun goes on for some steps; none of these takes more than there are elements.
        #expect(index.steps < limit + 20_000)
        #expect(index.abandoned > 0)
        // The next event has its own steps.
        let id = index.insert(try EventPattern(#"{"a":{"x":[1],"y":[2]}}"#))
        try index.match(Array(#"{"a":[{"x":0,"y":0},{"x":1,"y":2}]}"#.utf8), into: &found)
        #expect(found.contains(id))
        #expect(index.steps < 100_000)
    }

    @Test("Patterns on large arrays match what each matches alone", arguments: 0..<12)
    func agreement(round: Int) throws {
        let seed = UInt64.random(in: 0..<1 << 32) &+ UInt64(round)
        var random = SeededGenerator(seed: seed)
        let index = PatternIndex()
        var patterns: [(pattern: EventPattern, id: PatternID)] = []
        for _ in 0..<120 {
            let pattern = try EventPattern(Self.pattern(&random))
            patterns.append((pattern, index.insert(pattern)))
        }
        var matches = 0
        for _ in 0..<6 {
            let event = Array(Self.event(&random).utf8)
            var found: [PatternID] = []
            try index.match(event, into: &found)
            matches += found.count
            for (pattern, id) in patterns where try pattern.matches(event) != found.contains(id) {
                Issue.record("seed \(seed): \(pattern) on \(String(decoding: event, as: UTF8.self))")
                return
            }
        }
        #expect(matches > 0, "seed \(seed): nothing ever matched, the test says nothing")
        #expect(index.abandoned == 0, "seed \(seed)")
    }

    // MARK: Random patterns and events

    private static let names = ["x", "y", "z", "w"]

    private static func pattern(_ random: inout SeededGenerator) -> String {
        func value() -> String {
            let number = Int.random(in: 0..<60, using: &random)
            return switch Int.random(in: 0..<12, using: &random) {
            case 0..<3: "\(number)"
            case 3..<5: "\"v\(number)\""
            case 5: "{\"numeric\":[\">\",\(number)]}"
            case 6: "{\"prefix\":\"v\(number % 6)\"}"
            case 7: "{\"anything-but\":[\(number),\(number % 4)]}"
            case 8: "{\"equals-ignore-case\":\"V\(number)\"}"
            case 9: "{\"wildcard\":\"*\(number % 10)\"}"
            case 10: "{\"exists\":false}"
            default: "true"
            }
        }
        func fields(_ least: Int) -> [String] {
            names.shuffled(using: &random).prefix(Int.random(in: least...3, using: &random)).map { name in
                let values = (0..<Int.random(in: 1...2, using: &random)).map { _ in value() }
                return "\"\(name)\":[\(values.joined(separator: ","))]"
            }
        }
        var members = fields(1)
        if Int.random(in: 0..<2, using: &random) == 0 { members.append("\"b\":{\(fields(1).joined(separator: ","))}") }
        return "{\"a\":{\(members.joined(separator: ","))}}"
    }

    private static func event(_ random: inout SeededGenerator) -> String {
        // Some events have nearly as many values as elements, others few that repeat.
        let variety = [3, 20, 60].randomElement(using: &random) ?? 3
        // A field may be in no element at all.
        let names = names.filter { _ in Int.random(in: 0..<6, using: &random) > 0 }
        func value() -> String {
            let number = Int.random(in: 0..<variety, using: &random)
            return switch Int.random(in: 0..<8, using: &random) {
            case 0..<4: "\(number)"
            case 4..<7: "\"v\(number)\""
            default: "true"
            }
        }
        func object(_ inner: Int) -> String {
            var members = names.filter { _ in Int.random(in: 0..<3, using: &random) > 0 }.map { name in
                Int.random(in: 0..<10, using: &random) == 0
                    ? "\"\(name)\":[\(value()),\(value())]" : "\"\(name)\":\(value())"
            }
            if inner > 0, Int.random(in: 0..<4, using: &random) > 0 {
                members.append("\"b\":[\((0..<inner).map { _ in object(0) }.joined(separator: ","))]")
                // A value outside the inner array, behind it: then those of the field are not in the order of elements.
                if Int.random(in: 0..<40, using: &random) == 0 { members.append("\"b.x\":\(value())") }
            }
            return "{\(members.joined(separator: ","))}"
        }
        let count = [2, 40, 150].randomElement(using: &random) ?? 2
        let inner = Int.random(in: 0..<6, using: &random)
        return "{\"a\":[\((0..<count).map { _ in object(inner) }.joined(separator: ","))]}"
    }
}
