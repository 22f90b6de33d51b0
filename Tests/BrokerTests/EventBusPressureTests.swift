import Broker
import EventLog
import Synchronization
import Testing

/// A memory log whose doors can be closed and which can break.
final class ObstructedLog: EventLog {
    struct Broken: Error {}

    let log = MemoryEventLog()
    let appends = Gate(isOpen: true)
    let reads = Gate(isOpen: true)
    private let isBroken = Mutex((appends: false, reads: false))
    private let refused = Mutex<SequenceNumber?>(nil)
    /// How often it was read.
    let readCount = Atomic(0)

    func breakAppends(_ value: Bool) { isBroken.withLock { $0.appends = value } }
    func breakReads() { isBroken.withLock { $0.reads = true } }

    /// Only reads after this place fail.
    func refuseReads(from place: SequenceNumber) { refused.withLock { $0 = place } }

    func append(_ events: [Event]) async throws -> [SequenceNumber] {
        await appends.pass()
        if isBroken.withLock({ $0.appends }) { throw Broken() }
        return try log.append(events)
    }

    func read(after sequence: SequenceNumber, maxEvents: Int, maxBytes: Int) async throws -> LogSlice {
        readCount.add(1, ordering: .relaxed)
        await reads.pass()
        if isBroken.withLock({ $0.reads }) || refused.withLock({ $0 }) == sequence { throw Broken() }
        return log.read(after: sequence, maxEvents: maxEvents, maxBytes: maxBytes)
    }

    func head() -> SequenceNumber { log.head() }
    func oldest() -> SequenceNumber? { log.oldest() }
    func place(of id: EventID) -> SequenceNumber? { log.place(of: id) }
    func place(before time: Int64) -> SequenceNumber { log.place(before: time) }
    func contents() -> LogContents? { log.contents() }
    func close() { log.close() }
    func tail() -> AsyncStream<SequenceNumber> { log.tail() }
}

@Suite("The event bus under pressure, at its end and in trouble", .timeLimit(.minutes(1)))
struct EventBusPressureTests {
    private func events(in messages: AsyncStream<RecordingCallback.Message>) async -> [EventID] {
        await messages.reduce(into: []) { if case .event(let logged) = $1 { $0.append(logged.event.id) } }
    }

    @Test("Publishers wait for delivery rather than push events out of a small log")
    func backPressure() async throws {
        var limits = EventBus.Limits()
        limits.undeliveredBytes = 32 * 1_024
        limits.batchEvents = 8
        // Each event counts for about 260 bytes: some 126 may be under way, and the log holds 200.
        let test = BusUnderTest(log: MemoryEventLog(limits: .init(events: 200)), limits: limits)
        let connection = test.callback.connect(to: test.bus)
        var published: [EventID] = []
        try await test.running {
            try await test.hold("a", for: connection.id)
            test.callback.gate.close()
            let publishing = Task {
                var ids: [EventID] = []
                for _ in 0..<500 { ids += try await test.publish("a", "a", "a") }
                return ids
            }
            await test.callback.gate.someoneWaits()
            for await head in test.log.tail() where head.rawValue >= 100 { break }
            test.callback.gate.open()
            published = try await publishing.value
        }
        #expect(published.count == 1_500)
        #expect(await events(in: connection.messages) == published)
        #expect(test.callback.batches.allSatisfy { $0 <= 8 })
    }

    @Test("An event larger than everything that may wait still goes through")
    func oversize() async throws {
        var limits = EventBus.Limits()
        limits.undeliveredBytes = 1
        limits.batchBytes = 1
        let test = BusUnderTest(limits: limits)
        let connection = test.callback.connect(to: test.bus)
        try await test.running {
            try await test.hold("a", for: connection.id)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { try await test.publish("a", "a") } }
                try await group.waitForAll()
            }
        }
        #expect(await events(in: connection.messages).count == 20)
    }

    @Test("Stopping delivers what was appended, then refuses")
    func stop() async throws {
        let test = BusUnderTest()
        let connection = test.callback.connect(to: test.bus)
        var ids: [EventID] = []
        try await test.running {
            try await test.hold("a", for: connection.id)
            test.callback.gate.close()
            for _ in 0..<50 { ids += try await test.publish("a") }
            test.bus.stop()
            test.callback.gate.open()
        }
        #expect(await events(in: connection.messages) == ids)
        #expect(await test.bus.publish([EventDraft(source: "a", detailType: "t", detail: [])]) == [.failure(.stopped)])
    }

    @Test("Cancelling drains in the same way")
    func cancel() async throws {
        let test = BusUnderTest()
        let connection = test.callback.connect(to: test.bus)
        let run = Task { try await test.bus.run() }
        try await test.hold("a", for: connection.id)
        test.callback.gate.close()
        var ids: [EventID] = []
        for _ in 0..<50 { ids += try await test.publish("a") }
        run.cancel()
        test.callback.gate.open()
        try await run.value
        test.callback.finish()
        #expect(await events(in: connection.messages) == ids)
    }

    @Test("Stopping waits for the publisher that is just appending, and turns away those that wait for room")
    func stopWhileAppending() async throws {
        let log = ObstructedLog()
        var limits = EventBus.Limits()
        limits.undeliveredBytes = 1
        let test = BusUnderTest(log: log, limits: limits)
        let connection = test.callback.connect(to: test.bus)
        let run = Task { try await test.bus.run() }
        try await test.hold("a", for: connection.id)
        log.appends.close()
        let draft = EventDraft(source: "a", detailType: "t", detail: Array("{}".utf8))
        async let appending = test.bus.publish([draft])
        await log.appends.someoneWaits()
        async let waiting = test.bus.publish([draft])
        test.bus.stop()
        log.appends.open()
        #expect(await waiting == [.failure(.stopped)])
        let id = try #require(await appending.first).get()
        try await run.value
        test.callback.finish()
        #expect(await events(in: connection.messages) == [id])
    }

    @Test("A bus that never ran ends as well")
    func neverRan() async throws {
        let test = BusUnderTest()
        try await test.publish("a")
        test.bus.stop()
        try await test.bus.run()
        #expect(await test.bus.publish([EventDraft(source: "a", detailType: "t", detail: [])]) == [.failure(.stopped)])
    }

    @Test("A slow log delays and loses nothing, and changes keep their place")
    func slowLog() async throws {
        let log = ObstructedLog()
        let test = BusUnderTest(log: log)
        let connection = test.callback.connect(to: test.bus)
        try await test.running {
            var messages = connection.messages.makeAsyncIterator()
            try test.set("a", for: connection.id)
            #expect(await messages.nextText() == "a@0")
            log.reads.close()
            let first = try await test.publish("a", "b")
            await log.reads.someoneWaits()
            try test.set("b", for: connection.id)
            let second = try await test.publish("b")
            log.reads.open()
            #expect(await messages.nextText() == first[0].description)
            // The change was asked for after two events; the third was there when the owner came to it, or was not.
            let change = try #require(await messages.nextText())
            #expect(["b@2", "b@3"].contains(change))
            if change == "b@2" { #expect(await messages.nextText() == second[0].description) }
        }
    }

    @Test("A log that cannot store fails each entry, and the bus goes on")
    func appendFails() async throws {
        let log = ObstructedLog()
        var limits = EventBus.Limits()
        limits.undeliveredBytes = 1
        let test = BusUnderTest(log: log, limits: limits)
        let connection = test.callback.connect(to: test.bus)
        try await test.running {
            var messages = connection.messages.makeAsyncIterator()
            try test.set("a", for: connection.id)
            #expect(await messages.nextText() == "a@0")
            log.breakAppends(true)
            let draft = EventDraft(source: "a", detailType: "t", detail: Array("{}".utf8))
            #expect(await test.bus.publish([draft, draft]) == [.failure(.logFailed), .failure(.logFailed)])
            log.breakAppends(false)
            let ids = try await test.publish("a")
            #expect(await messages.nextText() == ids[0].description)
        }
    }

    @Test("A log that cannot be read ends the bus, and nobody is left waiting")
    func readFails() async throws {
        let log = ObstructedLog()
        let test = BusUnderTest(log: log)
        log.breakReads()
        let run = Task { try await test.bus.run() }
        _ = await test.bus.publish([EventDraft(source: "a", detailType: "t", detail: Array("{}".utf8))])
        await #expect(throws: ObstructedLog.Broken.self) { try await run.value }
        #expect(try await test.bus.matches(Array("{}".utf8)).isEmpty)
        var notices = try await test.bus.followMatches().makeAsyncIterator()
        #expect(await notices.next() == nil)
        #expect(await test.bus.publish([EventDraft(source: "a", detailType: "t", detail: [])]) == [.failure(.stopped)])
    }

    @Test("What had left the log is skipped, and delivery goes on with the oldest that is left")
    func gap() async throws {
        let log = MemoryEventLog(limits: .init(events: 3))
        let test = BusUnderTest(log: log)
        let connection = test.callback.connect(to: test.bus)
        var last: [SequenceNumber] = []
        try await test.running {
            try await test.hold("a", for: connection.id)
            test.callback.gate.close()
            try await test.publish("a")
            await test.callback.gate.someoneWaits()
            // Another broker that writes to the same log does not wait for this one.
            let ids = EventIDGenerator()
            for n in 0..<10 {
                let envelope = Array(#"{"source":"a"}"#.utf8)
                last = try log.append([Event(id: ids.next(at: Int64(n)), time: 0, envelope: envelope)])
            }
            test.callback.gate.open()
        }
        var sequences: [UInt64] = []
        for await case .event(let logged) in connection.messages { sequences.append(logged.sequence.rawValue) }
        #expect(sequences == [1, 9, 10, 11])
        #expect(last.last?.rawValue == 11)
    }

    @Test("An event in the log that is no JSON is skipped")
    func notJSON() async throws {
        let log = MemoryEventLog()
        let test = BusUnderTest(log: log)
        let connection = test.callback.connect(to: test.bus)
        try await test.running {
            var messages = connection.messages.makeAsyncIterator()
            try test.set("a", for: connection.id)
            #expect(await messages.nextText() == "a@0")
            _ = try log.append([Event(id: EventID(high: 1, low: 1), time: 0, envelope: Array("{".utf8))])
            let ids = try await test.publish("a")
            #expect(await messages.nextText() == ids[0].description)
        }
    }
}
