import Broker
import EventLog
import Synchronization
import Testing

@Suite("Polls", .timeLimit(.minutes(1)))
struct PollTests {
    private func poll(
        _ test: BusUnderTest, _ source: String, from start: Replay.Start? = nil, limit: Int = 100,
        wait: Duration = .seconds(600)
    ) async throws -> Poll {
        try await test.bus.poll(pattern(source), from: start, limit: limit, wait: wait)
    }

    @Test("A poll that waits is answered with the first events that match, and goes on behind them")
    func waiting() async throws {
        let log = ObstructedLog()
        let test = BusUnderTest(log: log)
        try await test.running {
            try await test.publish("a")
            async let first = poll(test, "a", from: .afterSequence(SequenceNumber(rawValue: 1)), limit: 2)
            // Three at once: the poll may see them while it looks, or when it waits.
            let ids = try await test.publish("b", "a", "a", "a", "b")
            let found = try await first
            #expect(found.events.map(\.event.id) == [ids[1], ids[2]])
            #expect(found.place.event == ids[2])
            let next = try await poll(test, "a", from: .after(ids[2]))
            #expect(next.events.map(\.event.id) == [ids[3]])
            #expect(try await poll(test, "a", from: .after(ids[3]), wait: .milliseconds(20)).events.isEmpty)
        }
    }

    @Test("Each event goes to those who wait for it, once, whenever they come")
    func many() async throws {
        let test = BusUnderTest()
        let sources = ["a", "b", "c"]
        try await test.running {
            let publishing = Task { for n in 0..<900 { try await test.publish(sources[n % 3]) } }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<12 {
                    group.addTask {
                        var place = Replay.Start.horizon
                        var numbers: [UInt64] = []
                        while numbers.count < 300 {
                            let found = try await poll(test, sources[client % 3], from: place, limit: 1 + client)
                            #expect(found.events.count <= 1 + client)
                            #expect(found.place.reach?.gap != true)
                            numbers += found.events.map(\.sequence.rawValue)
                            place = .afterSequence(found.place.sequence)
                        }
                        #expect(numbers == (0..<300).map { UInt64($0 * 3 + client % 3 + 1) })
                    }
                }
                try await group.waitForAll()
            }
            try await publishing.value
        }
    }

    @Test("What nobody waits for costs those who wait nothing")
    func cost() async throws {
        let log = ObstructedLog()
        let test = BusUnderTest(log: log)
        try await test.running { connection, messages in
            try test.set("b", for: connection)
            _ = await messages.nextText()
            try await withThrowingTaskGroup(of: Poll.self) { group in
                for _ in 0..<50 { group.addTask { try await poll(test, "a", from: .horizon) } }
                while log.readCount.load(ordering: .relaxed) < 50 { await Task.yield() }
                for _ in 0..<100 {
                    try await test.publish("b")
                    _ = await messages.nextText()
                }
                let ids = try await test.publish("a")
                for try await found in group { #expect(found.events.map(\.event.id) == ids) }
            }
        }
        // The owner reads until nothing comes; polls read when they come.
        #expect(log.readCount.load(ordering: .relaxed) < 500)
    }

    @Test("A poll ends also when its time is over before it waits")
    func shortTimes() async throws {
        let test = BusUnderTest()
        try await test.running {
            for round in 0..<4_000 {
                let found = try await poll(test, "a", wait: .microseconds(round % 200))
                #expect(found.events.isEmpty)
            }
        }
    }

    @Test("A poll ends with its time, its caller, and the bus")
    func ends() async throws {
        let test = BusUnderTest()
        try await test.running {
            let id = try await test.publish("b")[0]
            let timedOut = try await poll(test, "a", wait: .milliseconds(1))
            #expect(timedOut.events.isEmpty && timedOut.place.event == id)
            let abandoned = Task { try await poll(test, "a") }
            abandoned.cancel()
            _ = await abandoned.result
            async let left = poll(test, "a")
            test.bus.stop()
            #expect(try await left.events.isEmpty)
        }
    }
}
