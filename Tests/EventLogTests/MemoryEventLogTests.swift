import EventLog
import Synchronization
import Testing

@Suite("The memory log")
struct MemoryEventLogTests {
    private let overhead = EventWindow.overheadBytes

    private func event(bytes: Int) -> Event {
        Event(id: EventID(high: 0, low: 0), time: 0, envelope: [UInt8](repeating: 0x20, count: bytes))
    }

    private func count(_ log: MemoryEventLog) -> Int {
        log.read(after: .zero, maxEvents: .max, maxBytes: .max).events.count
    }

    @Test("It holds as many bytes as it may, and no more")
    func bytes() throws {
        let log = MemoryEventLog(limits: .init(bytes: 10 * (100 + overhead)))
        for _ in 0..<10 { _ = try log.append([event(bytes: 100)]) }
        #expect(count(log) == 10)
        _ = try log.append([event(bytes: 101)])
        #expect(count(log) == 9)
        #expect(log.oldest() == SequenceNumber(rawValue: 3))
        #expect(log.head() == SequenceNumber(rawValue: 11))
    }

    @Test("The newest event stays, even when it alone is too large")
    func oversize() throws {
        let log = MemoryEventLog(limits: .init(bytes: 50))
        #expect(try log.append([event(bytes: 10), event(bytes: 1_000)]).map(\.rawValue) == [1, 2])
        let slice = log.read(after: .zero, maxEvents: 10, maxBytes: .max)
        #expect(slice.events.map(\.sequence.rawValue) == [2])
        #expect(slice.gap)
    }

    @Test("A batch larger than the log leaves its end behind")
    func largeBatch() throws {
        let log = MemoryEventLog(limits: .init(events: 3))
        _ = try log.append((0..<10).map { _ in event(bytes: 1) })
        let slice = log.read(after: SequenceNumber(rawValue: 2), maxEvents: 10, maxBytes: .max)
        #expect(slice.events.map(\.sequence.rawValue) == [8, 9, 10])
        #expect(slice.gap)
    }

    @Test("A reader of the tail that goes away is forgotten, and the others go on")
    func readerLeaves() async throws {
        let log = MemoryEventLog()
        var staying = log.tail().makeAsyncIterator()
        let leaving = Task { for await _ in log.tail() {} }
        leaving.cancel()
        await leaving.value
        let head = try log.append([event(bytes: 1)]).last
        #expect(await staying.next() == head)
    }

    @Test("What is appended at once has its place among the rest, and readers hear of it when they are told")
    func atOnce() async throws {
        let log = MemoryEventLog()
        var tail = log.tail().makeAsyncIterator()
        #expect(await tail.next() == .zero)
        #expect(try log.append([event(bytes: 1)]).map(\.rawValue) == [1])
        #expect(await tail.next()?.rawValue == 1)
        let never: @Sendable (Result<[SequenceNumber], any Error>) -> Void = { _ in Issue.record("answered twice") }
        #expect(try log.append([event(bytes: 2), event(bytes: 3)], later: never)?.map(\.rawValue) == [2, 3])
        #expect(try log.append([], later: never)?.isEmpty == true)
        #expect(log.head().rawValue == 3)
        log.proceed()
        #expect(await tail.next()?.rawValue == 3)
        #expect(try log.append([event(bytes: 4)]).map(\.rawValue) == [4])
        #expect(await tail.next()?.rawValue == 4)
        log.close()
        #expect(await tail.next() == nil)
        #expect(throws: EventLogError.closed) { try log.append([event(bytes: 5)]) }
        let sizes = log.read(after: .zero, maxEvents: 9, maxBytes: .max).events.map(\.event.envelope.count)
        #expect(sizes == [1, 2, 3, 4])
    }

    @Test("What is older than it may be leaves, by the time in its id; the newest one stays")
    func age() throws {
        let time = Mutex<Int64>(100_000)
        let log = MemoryEventLog(limits: .init(age: .seconds(10)), now: { time.withLock { $0 } })
        let ids = EventIDGenerator()
        func append(at milliseconds: Int64) throws {
            // The event's own time does not count.
            _ = try log.append([Event(id: ids.next(at: milliseconds), time: 0, envelope: [])])
        }
        for n in 0..<5 { try append(at: 100_000 + Int64(n) * 1_000) }
        #expect(log.oldest()?.rawValue == 1)
        time.withLock { $0 = 110_000 }
        #expect(log.oldest()?.rawValue == 1)
        time.withLock { $0 = 112_001 }
        #expect(log.oldest()?.rawValue == 4)
        #expect(log.read(after: .zero, maxEvents: 9, maxBytes: .max).gap)
        try append(at: 112_001)
        #expect(log.contents()?.events == 3)
        time.withLock { $0 = 1_000_000 }
        #expect(log.contents()?.events == 1)
        #expect(log.head().rawValue == 6)
        #expect(log.oldest()?.rawValue == 6)
    }
}
