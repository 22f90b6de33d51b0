import EventPattern
import Foundation
import PatternIndex
import ReferenceMatcher
import Testing

/// Answers recorded from Event Ruler. The file is not part of the project: its place is taken from the environment.
private let recordedCases = ProcessInfo.processInfo.environment["LAMBDALESS_CONFORMANCE"]

@Suite("Recorded answers of Event Ruler", .enabled(if: recordedCases != nil, "LAMBDALESS_CONFORMANCE names no file"))
struct ConformanceTests {
    @Test("Every recorded case comes out the same")
    func everyCase() throws {
        let cases = try PatternCase.read(#require(recordedCases))
        var check = CaseCheck()
        for test in cases { check.run(test) }
        for failure in check.failures.prefix(50) { Issue.record("\(failure)") }
        #expect(check.failures.isEmpty, "\(check.failures.count) of \(cases.count) cases differ")
        #expect(cases.count > 0)
    }

    @Test("All patterns together in one index give the same answers")
    func allTogether() throws {
        let index = PatternIndex()
        var questions: [(test: PatternCase, id: PatternID, event: [UInt8])] = []
        for test in try PatternCase.read(#require(recordedCases)) {
            guard case .matches = test.expectation, let event = test.event else { continue }
            questions.append((test, index.insert(try EventPattern(parsing: test.pattern)), event))
        }
        var failures: [String] = []
        var next = 0
        for (test, id, event) in questions {
            var ids: [PatternID] = []
            try index.match(event, into: &ids)
            if test.expectation != .matches(ids.contains(id)) { failures.append("\(test)") }
            // A stranger's pattern on this event, against the reference.
            next = (next + 7_919) % questions.count
            let stranger = questions[next]
            let reference = try ReferenceMatcher(stranger.test.pattern).matches(event)
            if reference != ids.contains(stranger.id) {
                failures.append(
                    "the reference says \(reference) for the pattern of \(stranger.test) on the event of \(test)")
            }
        }
        for failure in failures.prefix(50) { Issue.record("\(failure)") }
        #expect(failures.isEmpty, "\(failures.count) of \(questions.count) cases differ")
    }
}
