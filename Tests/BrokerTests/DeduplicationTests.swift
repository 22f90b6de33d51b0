import Broker
import EventLog
import Logging
import Testing

@Suite("Publishing once", .timeLimit(.minutes(1)))
struct DeduplicationTests {
    private func draft(_ id: String?, _ source: String = "a") -> EventDraft {
        var draft = EventDraft(source: source, detailType: "t", detail: Array("{}".utf8))
        draft.deduplicationID = id
        return draft
    }

    private func ids(_ results: [Result<EventID, PublishError>]) throws -> [EventID] {
        try results.map { try $0.get() }
    }

    private func count(_ log: any EventLog) async throws -> Int {
        try await log.read(after: .zero, maxEvents: .max, maxBytes: .max).events.count
    }

    @Test("What was published before gives the first id and adds nothing")
    func repeated() async throws {
        let test = BusUnderTest()
        try await test.running {
            let first = try ids(await test.bus.publish([draft("x"), draft(nil), draft("y")]))
            let second = try ids(await test.bus.publish([draft("y"), draft("z"), draft("x"), draft(nil), draft("z")]))
            #expect(second[0] == first[2])
            #expect(second[2] == first[0])
            #expect(second[4] == second[1])
            #expect(Set(first + second).count == 5)
            #expect(try await count(test.log) == 5)
        }
    }

    @Test("An id stands for what was published under it: anything else is refused, and the rest is taken")
    func otherContent() async throws {
        let test = BusUnderTest()
        try await test.running {
            let first = try ids(await test.bus.publish([draft("x")]))
            let results = await test.bus.publish([draft("x", "b"), draft("x"), draft("y"), draft("y", "b"), draft(nil)])
            #expect(results[0] == .failure(.contentDiffers))
            #expect(results[1] == .success(first[0]))
            #expect(results[3] == .failure(.contentDiffers))
            #expect(try await count(test.log) == 3)
            #expect(await test.bus.publish([draft("y")]) == [results[2]])
        }
    }

    @Test("Where all or none are to be taken, one id that stands for something else refuses all, and leaves no trace")
    func asOne() async throws {
        let test = BusUnderTest()
        try await test.running {
            try await test.publish("a")
            _ = try ids(await test.bus.publish([draft("x")]))
            let refused = await test.bus.publish([draft("y"), draft("x", "b")], asOne: true)
            #expect(refused == [.failure(.withheld), .failure(.contentDiffers)])
            #expect(try await count(test.log) == 2)
            _ = try ids(await test.bus.publish([draft("y", "b"), draft("x")], asOne: true))
            #expect(try await count(test.log) == 3)
        }
    }

    @Test("Content is all that a publisher says but the time")
    func content() async throws {
        let clock = SettableClock(1_000_000)
        let test = BusUnderTest(clock: clock.wallClock)
        func full(
            source: String = #"a","time":"b\"#, detailType: String = "t", detail: String = "{}",
            resources: [String] = ["r"], time: Int64? = nil, account: String? = "111111111111",
            region: String? = "eu-west-1", cloudEvent: String? = #"{"id":"1"}"#
        ) -> EventDraft {
            var draft = EventDraft(
                source: source, detailType: detailType, detail: Array(detail.utf8), resources: resources, time: time,
                account: account, region: region, cloudEvent: cloudEvent.map { Array($0.utf8) },
                in: test.bus.envelope)
            draft.deduplicationID = "x"
            return draft
        }
        try await test.running {
            let first = try ids(await test.bus.publish([full()]))
            clock.set(1_200_000)
            #expect(try ids(await test.bus.publish([full(time: 7_000_000)])) == first)
            let others = [
                full(source: "a"), full(detailType: "u"), full(detail: #"{"a":1}"#), full(resources: []),
                full(account: nil), full(region: nil), full(cloudEvent: nil),
            ]
            for other in others {
                #expect(await test.bus.publish([other]) == [.failure(.contentDiffers)])
            }
        }
    }

    @Test("After five minutes an id is new again")
    func forgotten() async throws {
        let clock = SettableClock(1_000_000)
        let test = BusUnderTest(clock: clock.wallClock)
        try await test.running {
            let first = try ids(await test.bus.publish([draft("x")]))
            clock.set(1_300_000)
            #expect(try ids(await test.bus.publish([draft("x")])) == first)
            clock.set(1_300_001)
            let second = try ids(await test.bus.publish([draft("x")]))
            #expect(second != first)
            clock.set(1_300_002)
            #expect(try ids(await test.bus.publish([draft("x")])) == second)
        }
    }

    @Test("A bus that begins anew knows what its log holds")
    func restarted() async throws {
        let log = MemoryEventLog()
        let clock = SettableClock(1_000_000)
        var first: [EventID] = []
        let before = BusUnderTest(log: log, clock: clock.wallClock)
        try await before.running { first = try ids(await before.bus.publish([draft("x"), draft("y")])) }
        clock.set(1_100_000)
        let after = BusUnderTest(log: log, clock: clock.wallClock)
        try await after.running {
            let again = try ids(await after.bus.publish([draft("y"), draft("x")]))
            #expect(again == [first[1], first[0]])
            #expect(await after.bus.publish([draft("x", "b")]) == [.failure(.contentDiffers)])
        }
        #expect(try await count(log) == 2)
    }

    @Test("A bus begins also where its log cannot be read: names up to there are known, the others new")
    func unreadable() async throws {
        let log = ObstructedLog()
        let clock = SettableClock(1_000_000)
        var first: [EventID] = []
        let before = BusUnderTest(log: log, clock: clock.wallClock)
        try await before.running {
            for name in ["x", "y"] { first += try ids(await before.bus.publish([draft(name)])) }
        }
        log.refuseReads(from: SequenceNumber(rawValue: 1))
        var limits = EventBus.Limits()
        limits.batchEvents = 1
        let written = RecordedLog()
        let after = BusUnderTest(log: log, limits: limits, clock: clock.wallClock, logger: written.logger)
        try await after.running {
            let again = try ids(await after.bus.publish([draft("x"), draft("y")]))
            #expect(again[0] == first[0])
            #expect(again[1] != first[1])
        }
        #expect(written.levels == [.error])
    }

    @Test("Who comes while another one publishes under the same id waits for the outcome")
    func atOnce() async throws {
        let log = ObstructedLog()
        let test = BusUnderTest(log: log)
        try await test.running {
            log.appends.close()
            let tasks = (0..<20).map { _ in Task { try ids(await test.bus.publish([draft("x"), draft("y")])) } }
            await log.appends.someoneWaits()
            log.appends.open()
            var results: Set<[EventID]> = []
            for task in tasks { results.insert(try await task.value) }
            #expect(results.count == 1)
            #expect(try await count(log.log) == 2)
        }
    }

    @Test("What could not be stored is not taken for published")
    func failed() async throws {
        let log = ObstructedLog()
        let test = BusUnderTest(log: log)
        try await test.running {
            log.breakAppends(true)
            #expect(await test.bus.publish([draft("x"), draft("x")]) == [.failure(.logFailed), .failure(.logFailed)])
            log.breakAppends(false)
            let id = try ids(await test.bus.publish([draft("x")]))
            #expect(try ids(await test.bus.publish([draft("x")])) == id)
        }
    }

    @Test("Beyond the limit the oldest ids are forgotten")
    func limit() async throws {
        var limits = EventBus.Limits()
        limits.deduplicationIDs = 2
        let test = BusUnderTest(limits: limits)
        try await test.running {
            let first = try ids(await test.bus.publish([draft("x")]))
            let others = try ids(await test.bus.publish([draft("y"), draft("z")]))
            #expect(try ids(await test.bus.publish([draft("y"), draft("z")])) == others)
            let again = try ids(await test.bus.publish([draft("x")]))
            #expect(again != first)
        }
    }
}
