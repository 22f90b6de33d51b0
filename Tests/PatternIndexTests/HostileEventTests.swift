import EventPattern
import PatternIndex
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
}
