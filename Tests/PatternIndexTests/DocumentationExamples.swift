import EventPattern
import JSONText
import PatternIndex
import Testing

/// The code of the documentation, block by block as it stands there, with what it says about the results.
@Suite("Examples of the documentation")
struct DocumentationExamples {
    @Test("The landing page of EventPattern")
    func eventPattern() throws {
        let pattern = try EventPattern(#"{"source": ["shop"], "detail": {"total": [{"numeric": [">=", 1000]}]}}"#)
        let wanted = try pattern.matches(Array(#"{"source": "shop", "detail": {"total": 2500}}"#.utf8))  // true
        let why = try pattern.explain(Array(#"{"source": "shop", "detail": {"total": "2500"}}"#.utf8)).summary

        #expect(wanted)
        #expect(
            why == "detail.total: the event has a string, the pattern a number; strings and numbers are never equal")
    }

    @Test("The landing page of PatternIndex")
    func patternIndex() throws {
        let index = PatternIndex()
        let failed = index.insert(try EventPattern(#"{"detail": {"state": ["failed", {"prefix": "err"}]}}"#))
        var ids: [PatternID] = []
        try index.match(Array(#"{"detail": {"state": "error 7"}}"#.utf8), into: &ids)  // ids == [failed]
        index.remove(failed)

        #expect(ids == [failed])
    }

    @Test("Patterns come, match, change and go")
    func matching() throws {
        let large = try EventPattern(#"{"detail": {"total": [{"numeric": [">=", 1000]}]}}"#)
        let trouble = try EventPattern(#"{"source": ["shop"], "detail": {"state": ["failed", {"prefix": "err"}]}}"#)

        let index = PatternIndex()
        let largeID = index.insert(large)
        let troubleID = index.insert(trouble)
        var subscribers = [largeID: ["accounting"], troubleID: ["support", "engineering"]]

        #expect(largeID != troubleID)

        let same = try EventPattern(#"{"detail.total": [{"numeric": [">=", 1e3]}]}"#)
        let sameID = index.insert(same)  // sameID == largeID
        subscribers[sameID, default: []].append("auditors")

        #expect(sameID == largeID)

        let event = Array(#"{"source": "shop", "detail": {"total": 2500.00, "state": "error 7"}}"#.utf8)
        var ids: [PatternID] = []
        try index.match(event, into: &ids)  // ids == [largeID, troubleID]
        let receivers = ids.flatMap { subscribers[$0, default: []] }

        #expect(ids == [largeID, troubleID])
        #expect(receivers == ["accounting", "auditors", "support", "engineering"])

        ids.removeAll(keepingCapacity: true)
        try index.match(Array(#"{"detail": {"total": 12}}"#.utf8), into: &ids)  // ids == []

        #expect(ids == [])

        let veryLarge = try EventPattern(#"{"detail": {"total": [{"numeric": [">=", 10000]}]}}"#)
        let veryLargeID = index.replace(largeID, with: veryLarge)
        subscribers[largeID] = ["auditors"]
        subscribers[veryLargeID] = ["accounting"]

        try index.match(event, into: &ids)
        #expect(ids.flatMap { subscribers[$0, default: []] } == ["auditors", "support", "engineering"])

        index.remove(largeID)
        subscribers[largeID] = nil
        let gone = index.pattern(largeID)  // nil: inserted twice, replaced once, removed once

        #expect(gone == nil)
        #expect(index.pattern(veryLargeID) == veryLarge)
        #expect(subscribers.count == 2)
    }

    @Test("What an index holds can be counted and written out")
    func contents() throws {
        let store = PatternIndex()
        for state in ["failed", "lost"] {
            _ = store.insert(try EventPattern(#"{"source": ["shop"], "detail": {"state": ["\#(state)"]}}"#))
        }
        let counts = store.counts
        let fill = (counts.patterns, counts.distinct, counts.fields)  // (2, 2, 3)
        let busiest = store.statistics.longestLists.first?.test  // detail.state string

        #expect(fill == (2, 2, 3))
        #expect(busiest == "detail.state string")

        let dump = store.dump

        #expect(
            dump == """
                tests
                  #0 detail.state string failed users 1 waiting 1
                  #1 source string shop users 2 waiting 0
                  #2 detail.state string lost users 1 waiting 1
                patterns
                  0 × 1
                    >#0 #1
                  1 × 1
                    >#2 #1

                """)
    }

    @Test("Faults have words and places")
    func faults() throws {
        var advice = ""
        do {
            _ = try EventPattern(#"{"detail": {"state": "failed"}}"#)
        } catch {
            advice = "\(error)"
        }

        #expect(
            advice == """
                "state" must be an object or an array ($.detail.state, line 1, column 23): put the value into an array: \
                every leaf of a pattern is an array of alternatives
                """)

        var place = (path: "", line: 0, column: 0)
        do {
            _ = try EventPattern(
                """
                {"detail": {
                  "total": [{"numeric": [">=", "1000"]}]
                }}
                """)
        } catch {
            place = (error.path, error.line ?? 0, error.column ?? 0)  // $.detail.total[0].numeric, 2, 33
        }

        #expect(place == ("$.detail.total[0].numeric", 2, 33))

        let index = PatternIndex()
        var ids: [PatternID] = []
        var fault = ""
        do {
            try index.match(Array(#"{"detail": {"total": 2500, "state": paid}}"#.utf8), into: &ids)
        } catch {
            fault = "\(error.message) in line \(error.line), column \(error.column), byte \(error.offset)"
        }

        #expect(
            fault == """
                Unrecognized token 'paid': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or \
                'false') in line 1, column 41, byte 40
                """)
        #expect(ids.isEmpty)
    }

    @Test("A miss is explained")
    func explaining() throws {
        let paid = try EventPattern(#"{"detail": {"State": ["paid"], "total": [{"numeric": [">", 99]}]}}"#)
        let explanation = try paid.explain(Array(#"{"detail": {"state": "paid", "total": "250"}}"#.utf8))
        let causes = explanation.leaves.compactMap { leaf in leaf.cause.map { "\(leaf.path): \($0)" } }

        #expect(
            causes == [
                "detail.State: the event has detail.state: names are compared with their case",
                "detail.total: the event has a string, the pattern a number; strings and numbers are never equal",
            ])
        #expect(explanation.summary == causes.first)
    }

    @Test("Equal patterns have one canonical text")
    func canonicalText() throws {
        let oneWay = try EventPattern(#"{"source": ["shop"], "detail": {"total": [{"numeric": [">=", 1e3]}]}}"#)
        let otherWay = try EventPattern(#"{"detail.total":[{"numeric":[">=",1000.0]}],"source":[{"exactly":"shop"}]}"#)
        let text = otherWay.canonicalText  // {"detail.total":[{"numeric":[">=",1000]}],"source":["shop"]}

        #expect(oneWay == otherWay)
        #expect(oneWay.canonicalText == text)
        #expect(text == #"{"detail.total":[{"numeric":[">=",1000]}],"source":["shop"]}"#)
    }

    @Test("An actor owns an index")
    func owner() async throws {
        let router = Router()
        let id = await router.add(try EventPattern(#"{"a": [1]}"#))
        #expect(try await router.route(Array(#"{"a": 1}"#.utf8)) == [id])
    }
}

actor Router {
    private let index = PatternIndex()

    func add(_ pattern: EventPattern) -> PatternID { index.insert(pattern) }

    func route(_ event: [UInt8]) throws(JSONSyntaxError) -> [PatternID] {
        var ids: [PatternID] = []
        try index.match(event, into: &ids)
        return ids
    }
}
