import EventPattern
import JSONText
import PatternIndex
import ReferenceMatcher

/// Runs cases through the pattern itself, the index and the reference matcher.
struct CaseCheck {
    /// What does not agree, one line each.
    private(set) var failures: [String] = []

    /// Checks one case by itself.
    mutating func run(_ test: PatternCase) {
        let pattern: EventPattern
        do {
            pattern = try EventPattern(parsing: test.pattern)
        } catch {
            checkRefusal(error, of: test)
            return
        }
        guard let event = test.event else {
            if test.expectation != .valid { fail(test, "the pattern is accepted") }
            return
        }
        let index = PatternIndex()
        let id = index.insert(pattern)
        check("the pattern", test) { () throws(JSONSyntaxError) in try pattern.matches(event) }
        check("the index", test) { () throws(JSONSyntaxError) in
            var ids: [PatternID] = []
            try index.match(event, into: &ids)
            return ids == [id]
        }
        if case .matches = test.expectation {
            check("the reference", test) { () throws(JSONSyntaxError) in
                try ReferenceMatcher(test.pattern).matches(event)
            }
        }
    }

    private mutating func checkRefusal(_ error: EventPatternError, of test: PatternCase) {
        guard test.expectation == .error, test.source != "event" else {
            return fail(test, "the pattern is refused: \(error.reason)")
        }
        if let firstLine = test.firstLine, error.summary != firstLine {
            fail(test, "refused with \(error.summary) instead of \(firstLine)")
        }
        guard let message = test.message else { return }
        if test.isWithoutPlace {
            if error.reason != message { fail(test, "the reason is \(error.reason) instead of \(message)") }
        } else if error.reason != message && !error.reason.hasPrefix(message + "\n at [Source: (String)\"") {
            fail(test, "the reason is \(error.reason) instead of \(message) with a place")
        }
    }

    private mutating func check(_ engine: String, _ test: PatternCase, _ run: () throws(JSONSyntaxError) -> Bool) {
        do throws(JSONSyntaxError) {
            let result = try run()
            if test.expectation != .matches(result) { fail(test, "\(engine) says \(result)") }
        } catch {
            if test.expectation != .error { return fail(test, "\(engine) refuses the event: \(error)") }
            if let firstLine = test.firstLine, firstLine != error.message {
                fail(test, "\(engine) refuses the event with \(error.message) instead of \(firstLine)")
            }
        }
    }

    private mutating func fail(_ test: PatternCase, _ what: String) { failures.append("\(what) — \(test)") }
}
