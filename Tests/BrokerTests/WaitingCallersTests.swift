import Broker
import EventLog
import Testing

@Suite("Callers who wait for the owner of a bus", .timeLimit(.minutes(1)))
struct WaitingCallersTests {
    @Test("Beyond so many questions further ones are refused, and taken again when those are answered")
    func questions() async throws {
        var limits = EventBus.Limits()
        limits.waitingQuestions = 2
        let test = BusUnderTest(limits: limits)
        let connection = test.callback.connect(to: test.bus)
        try await test.running {
            try await test.hold("a", for: connection.id)
            test.callback.gate.close()
            try await test.publish("a")
            await test.callback.gate.someoneWaits()
            // Which two of the four are taken is open; the refused ones are answered at once.
            let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        do throws(MatchesError) {
                            return try await test.bus.matches(Array(#"{"source":"a"}"#.utf8)).count == 1
                        } catch {
                            #expect(error == .busy(limit: 2))
                            return false
                        }
                    }
                }
                var answers = [try await group.next(), try await group.next()]
                #expect(answers == [false, false])
                test.callback.gate.open()
                for try await answer in group { answers.append(answer) }
                return answers
            }
            #expect(answers == [false, false, true, true])
            #expect(try await test.bus.matches(Array(#"{"source":"a"}"#.utf8)).count == 1)
        }
    }

    @Test("Beyond so many readers of matches further ones are refused, until one of them goes")
    func followers() async throws {
        var limits = EventBus.Limits()
        limits.followers = 2
        let test = BusUnderTest(limits: limits)
        try await test.running {
            let first = try await test.bus.followMatches()
            var second: AsyncStream<MatchNotice>? = try await test.bus.followMatches()
            await #expect(throws: TooManyFollowers.self) { try await test.bus.followMatches() }
            _ = second
            second = nil
            let third = try await test.bus.followMatches()
            await #expect(throws: TooManyFollowers.self) { try await test.bus.followMatches() }
            _ = (first, third)
        }
    }
}
