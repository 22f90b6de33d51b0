import Foundation
import Testing

private let environment = ProcessInfo.processInfo.environment

/// One long-lived index against a plain list of reference matchers, over random steps: insert, replace, remove, match.
///
/// `LAMBDALESS_STEPS` asks for another number of steps, `LAMBDALESS_SEED` repeats a run: the seed is printed at the start
/// of a run that is longer than usual, and with each failure. Long runs want optimized code:
///
///     swift build -c release --build-tests
///     LAMBDALESS_STEPS=10000000 swift test -c release --skip-build --filter ChangeTests
@Suite("Patterns that come and go")
struct ChangeTests {
    private static let usualSteps = 8_000

    @Test("After any changes an event matches what the reference matchers say")
    func changes() throws {
        let seed = environment["LAMBDALESS_SEED"].flatMap(UInt64.init) ?? .random(in: 1...UInt64.max)
        let steps = environment["LAMBDALESS_STEPS"].flatMap(Int.init) ?? Self.usualSteps
        if steps > Self.usualSteps { print("\(steps) steps with LAMBDALESS_SEED=\(seed)") }
        var run = ChangeRun(seed: seed)
        do {
            while run.steps < steps { try run.step() }
            try run.finish()
        } catch {
            Issue.record("LAMBDALESS_SEED=\(seed), step \(run.steps): \(error)")
            return
        }
        #expect(run.matches > 0 || steps < Self.usualSteps, "seed \(seed): nothing ever matched, the test says nothing")
        if steps > Self.usualSteps { print("\(run.matches) matches, emptied \(run.emptyings) times") }
    }
}
