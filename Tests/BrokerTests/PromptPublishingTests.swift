import Broker
import EventLog
import Testing

@Suite("Publishing without a task", .timeLimit(.minutes(1)))
struct PromptPublishingTests {
    private func draft(_ source: String) -> EventDraft {
        EventDraft(source: source, detailType: "t", detail: Array("{}".utf8))
    }

    @Test("Events published at once are in the log in the order of the calls, among the others")
    func order() async throws {
        let test = BusUnderTest()
        let connection = test.callback.connect(to: test.bus)
        var ids: [EventID] = []
        try await test.running {
            try await test.hold("a", for: connection.id)
            for _ in 0..<10 {
                ids += try #require(try publishAtOnce(test, 2))
                ids += try await test.publish("a")
            }
            #expect(test.bus.publishesPromptly)
            guard case .now(.success([])) = test.bus.publish([], later: { _ in }) else {
                Issue.record("nothing is something to wait for")
                return
            }
        }
        let delivered = await connection.messages.reduce(into: [EventID]()) {
            if case .event(let logged) = $1 { $0.append(logged.event.id) }
        }
        #expect(delivered == ids)
    }

    private func publishAtOnce(_ test: BusUnderTest, _ count: Int) throws -> [EventID]? {
        defer { test.bus.announce() }
        let drafts = (0..<count).map { _ in draft("a") }
        guard case .now(let results) = test.bus.publish(drafts, later: { _ in }) else { return nil }
        return try results.get()
    }

    @Test("While the window is full nothing is taken at once, and again when it has room")
    func fullWindow() async throws {
        var limits = EventBus.Limits()
        limits.undeliveredBytes = 300
        let test = BusUnderTest(limits: limits)
        let connection = test.callback.connect(to: test.bus)
        try await test.running {
            try await test.hold("a", for: connection.id)
            test.callback.gate.close()
            let first = try publishAtOnce(test, 1)
            #expect(first?.count == 1)
            await test.callback.gate.someoneWaits()
            #expect(try publishAtOnce(test, 1) == nil)
            // Who waits is not overtaken, however small the other.
            let waiting = Task { try await test.publish("a", "a") }
            test.callback.gate.open()
            #expect(try await waiting.value.count == 2)
            // Asked of the owner, so what was appended before has been handed over.
            try await test.ownerAnswers()
            let last = try publishAtOnce(test, 1)
            #expect(last?.count == 1)
        }
        let delivered = await connection.messages.reduce(into: 0) { if case .event = $1 { $0 += 1 } }
        #expect(delivered == 4)
    }

    @Test("A log that has to wait, and a bus that has stopped, take nothing at once")
    func never() async throws {
        let slow = BusUnderTest(log: ObstructedLog())
        #expect(!slow.bus.publishesPromptly)
        #expect(try publishAtOnce(slow, 1) == nil)
        let stopped = BusUnderTest()
        stopped.bus.stop()
        #expect(!stopped.bus.publishesPromptly)
        #expect(try publishAtOnce(stopped, 1) == nil)
        #expect(try await stopped.log.head() == .zero)
    }

    @Test("Request ids have their form and do not repeat")
    func requestIDs() {
        var generator = RequestIDGenerator()
        let ids = (0..<10_000).map { _ in generator.next().description }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9_-]{15}=/) != nil })
        #expect(ids.allSatisfy { ConnectionID($0)?.description == $0 })
        let id = generator.next()
        let characters = id.characters
        #expect(Array(id.description.utf8) == characters.indices.map { characters[$0] })
    }
}
