import Broker
import EventLog
import Testing

@Suite("Replays", .timeLimit(.minutes(1)))
struct ReplayTests {
    @Test("A connection gets what it missed, in order, and then live events with no seam")
    func resume() async throws {
        let test = BusUnderTest()
        try await test.running { connection, messages in
            let ids = try await test.publish("a", "b", "a", "a", "b")
            try await test.replay(.init(.after(ids[0])), of: "a", for: connection)
            #expect(await messages.nextText() == "a@1")
            #expect(await messages.nextText() == ids[2].description)
            #expect(await messages.nextText() == ids[3].description)
            #expect(await messages.nextText() == "a live@5")
            let live = try await test.publish("b", "a")
            #expect(await messages.nextText() == live[1].description)
        }
    }

    @Test("Where to begin can be said as an event, a place, a time, or the beginning")
    func starts() async throws {
        let clock = SettableClock(1_000)
        let test = BusUnderTest(clock: clock.wallClock)
        try await test.running { connection, messages in
            var ids: [EventID] = []
            for n in 0..<5 {
                clock.set(1_000 + Int64(n) * 10)
                ids += try await test.publish("a")
            }
            let starts: [(Replay.Start, place: Int)] = [
                (.horizon, 0), (.since(0), 0), (.since(1_000), 0), (.since(1_001), 1), (.since(1_040), 4),
                (.since(9_000), 5), (.after(ids[0]), 1), (.after(ids[4]), 5), (.afterSequence(.zero), 0),
                (.afterSequence(SequenceNumber(rawValue: 3)), 3),
            ]
            for (start, place) in starts {
                try await test.replay(.init(start), of: "a", for: connection)
                #expect(await messages.nextText() == "a@\(place)")
                for id in ids[place...] { #expect(await messages.nextText() == id.description, "\(start)") }
                #expect(await messages.nextText() == "a live@5")
            }
        }
    }

    @Test("An event that the log does not hold leaves a gap, of which the client is told")
    func gap() async throws {
        let test = BusUnderTest(log: MemoryEventLog(limits: .init(events: 3)))
        try await test.running { connection, messages in
            let unknown = EventID(high: 1, low: 1)
            try await test.replay(.init(.after(unknown)), of: "a", for: connection)
            #expect(await messages.nextText() == "a@0 gap")
            #expect(await messages.nextText() == "a live@0")
            var ids: [EventID] = []
            for _ in 0..<5 {
                ids += try await test.publish("a")
                #expect(await messages.nextText() == ids.last?.description)
            }
            let starts: [(Replay.Start, told: String)] = [
                (.after(ids[0]), "a@2 gap"), (.after(ids[1]), "a@2 gap"), (.afterSequence(.zero), "a@2 gap"),
                (.afterSequence(SequenceNumber(rawValue: 2)), "a@2"), (.horizon, "a@2"), (.since(0), "a@2 gap"),
                (.afterSequence(SequenceNumber(rawValue: 99)), "a@2 gap"),
            ]
            for (start, told) in starts {
                try await test.replay(.init(start), of: "a", for: connection)
                #expect(await messages.nextText() == told, "\(start)")
                for id in ids[2...] { #expect(await messages.nextText() == id.description) }
                #expect(await messages.nextText() == "a live@5")
            }
            try await test.replay(.init(.after(ids[2])), of: "a", for: connection)
            #expect(await messages.nextText() == "a@3")
        }
    }

    @Test("What the log lets go of during a replay is told of as well")
    func overtaken() async throws {
        let test = BusUnderTest(log: MemoryEventLog(limits: .init(events: 300)))
        try await test.running { connection, messages in
            for _ in 0..<300 { try await test.publish("a") }
            test.callback.replayGate.close()
            try await test.replay(.init(.horizon), of: "a", for: connection)
            await test.callback.replayGate.someoneWaits()
            for _ in 0..<300 { try await test.publish("a") }
            test.callback.replayGate.open()
            #expect(await messages.nextText() == "a@0")
            var numbers: [UInt64] = []
            var gaps: [Int] = []
            while let message = await messages.next() {
                switch message {
                case .event(let event): numbers.append(event.sequence.rawValue)
                case .text("gap"): gaps.append(numbers.count)
                case .text(let text):
                    #expect(text == "a live@600")
                    #expect(numbers == Array(1...256) + Array(301...600))
                    #expect(gaps == [256])
                    return
                }
            }
        }
    }

    @Test("A limit and an end are kept, and the connection has no pattern then")
    func bounded() async throws {
        let clock = SettableClock(1_000)
        let test = BusUnderTest(clock: clock.wallClock)
        try await test.running { connection, messages in
            var ids: [EventID] = []
            for n in 0..<6 {
                clock.set(1_000 + Int64(n))
                ids += try await test.publish(n % 2 == 0 ? "a" : "b")
            }
            func expect(_ replay: Replay, _ events: [Int], _ end: String) async throws {
                try await test.replay(replay, of: "a", for: connection)
                #expect(await messages.nextText() == "a@0")
                for event in events { #expect(await messages.nextText() == ids[event].description) }
                #expect(await messages.nextText() == end)
            }
            try await expect(.init(.horizon, limit: 2), [0, 2], "a ended 2")
            try await expect(.init(.horizon, limit: 9), [0, 2, 4], "a ended 3")
            try await expect(.init(.horizon, until: 1_003), [0, 2], "a ended 2")
            try await expect(.init(.horizon, until: 9_000), [0, 2, 4], "a ended 3")
            try await expect(.init(.horizon, until: 0), [], "a ended 0")
            try await test.publish("a")
            #expect(test.callback.patternText(of: connection) == nil)
            try test.set("a", for: connection, as: "next")
            #expect(await messages.nextText() == "next@7")
        }
    }

    @Test("A paced replay keeps order and goes over into live events")
    func speed() async throws {
        let test = BusUnderTest()
        try await test.running { connection, messages in
            let ids = try await test.publish("a", "a", "a")
            for speed in [Replay.Speed.eventsPerSecond(1_000), .timesOriginal(3)] {
                try await test.replay(.init(.horizon, speed: speed), of: "a", for: connection)
                #expect(await messages.nextText() == "a@0")
                for id in ids { #expect(await messages.nextText() == id.description) }
                #expect(await messages.nextText() == "a live@3")
            }
        }
    }

    @Test("The next pattern ends a replay, and nothing of it comes afterwards")
    func superseded() async throws {
        let test = BusUnderTest()
        try await test.running { connection, messages in
            try await test.publish("a", "b", "a")
            test.callback.replayGate.close()
            try await test.replay(.init(.horizon), of: "a", for: connection)
            await test.callback.replayGate.someoneWaits()
            try test.set("b", for: connection)
            #expect(await messages.nextText() == "a@0")
            #expect(await messages.nextText() == "b@3")
            test.callback.replayGate.open()
            let ids = try await test.publish("a", "b")
            #expect(await messages.nextText() == ids[1].description)
            // A very slow one is ended as well.
            try await test.replay(.init(.horizon, speed: .eventsPerSecond(0.001)), of: "a", for: connection)
            #expect(await messages.nextText() == "a@0")
            #expect(await messages.next().map { if case .event = $0 { true } else { false } } == true)
            #expect(test.bus.clearPattern(for: connection) { Array($0.text("none").utf8) })
            #expect(await messages.nextText() == "none@5")
        }
    }

    @Test("A replay for a connection that has gone ends, and the bus can stop")
    func gone() async throws {
        let test = BusUnderTest()
        try await test.running { connection, _ in
            try await test.publish("a")
            test.callback.replayGate.close()
            try await test.replay(.init(.horizon), of: "a", for: connection)
            await test.callback.replayGate.someoneWaits()
            test.callback.disappear(connection)
            test.bus.connectionClosed(connection)
            test.callback.replayGate.open()
            let other = test.callback.connect(to: test.bus)
            try await test.replay(.init(.horizon), of: "a", for: other.id, as: "other")
            var messages = other.messages.makeAsyncIterator()
            #expect(await messages.nextText() == "other@0")
        }
    }

    @Test("A log that cannot be read is told of, and the bus goes on")
    func broken() async throws {
        let log = ObstructedLog()
        let test = BusUnderTest(log: log)
        try await test.running { connection, messages in
            try await test.publish("a")
            // Whoever has an answer of the owner knows that it has begun.
            try await test.ownerAnswers()
            log.refuseReads(from: .zero)
            try await test.replay(.init(.horizon), of: "a", for: connection)
            #expect(await messages.nextText() == "a@0")
            #expect(await messages.nextText() == "a failed")
            try test.set("a", for: connection)
            #expect(await messages.nextText() == "a@1")
            let ids = try await test.publish("a")
            #expect(await messages.nextText() == ids[0].description)
        }
    }

    @Test("Many that come back at random while events are published get each event exactly once, in order")
    func seam() async throws {
        var limits = EventBus.Limits()
        limits.batchEvents = 300
        let test = BusUnderTest(limits: limits)
        let sources = ["a", "b", "c"]
        let clients = (0..<30).map { (test.callback.connect(to: test.bus), sources[$0 % 3]) }
        try await test.running {
            let publishing = Task {
                for n in 0..<3_000 { try await test.publish(sources[n % 3]) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (connection, source) in clients {
                    group.addTask {
                        var messages = connection.messages.makeAsyncIterator()
                        var seen: [LoggedEvent] = []
                        while seen.last?.sequence.rawValue ?? 0 < 2_990 {
                            let start = seen.last.map { Replay.Start.after($0.event.id) } ?? .horizon
                            let name = "\(seen.count)"
                            try await test.replay(.init(start), of: source, for: connection.id, as: name)
                            // What was on its way when the replay was asked for came before its acknowledgement.
                            var isOn = false
                            let stop = seen.count + Int.random(in: 1...400)
                            while seen.count < stop, seen.last?.sequence.rawValue ?? 0 < 2_990 {
                                switch await messages.next() {
                                case .event(let event)? where isOn: seen.append(event)
                                case .text(let text)? where text.hasPrefix("\(name)@"): isOn = true
                                case nil: return
                                default: break
                                }
                            }
                        }
                        let remainder = UInt64(sources.firstIndex(of: source)!)
                        let expected = (1...seen.last!.sequence.rawValue).filter { ($0 - 1) % 3 == remainder }
                        #expect(seen.map(\.sequence.rawValue) == expected)
                    }
                }
                try await group.waitForAll()
            }
            try await publishing.value
        }
    }
}
