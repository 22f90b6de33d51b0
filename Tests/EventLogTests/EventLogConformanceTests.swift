import EventLog
import EventLogSQLite
import Testing

/// A kind of log, and how to make one that is empty. A new kind joins the suite by a row in `implementations`.
struct LogUnderTest: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable () async throws -> any EventLog
    /// Makes one that lets go of all but the newest events of eight bytes, keeping at least one and at most so many.
    let makeHolding: @Sendable (_ events: Int) async throws -> any EventLog
    /// Returns when everything has left that has to.
    var settle: @Sendable (any EventLog) async -> Void = { _ in }

    var testDescription: String { name }

    static let implementations =
        [
            LogUnderTest(
                name: "memory",
                make: { MemoryEventLog() },
                makeHolding: { MemoryEventLog(limits: .init(events: $0)) })
        ] + SQLiteEventLog.Flushing.allCases.map(onDisk)

    private static func onDisk(_ flushing: SQLiteEventLog.Flushing) -> LogUnderTest {
        LogUnderTest(
            name: "disk, \(flushing)",
            make: {
                var options = SQLiteEventLog.Options()
                options.flushing = flushing
                options.age = nil
                return try TemporaryLog(options: options)
            },
            makeHolding: { events in
                var options = SQLiteEventLog.Options()
                options.flushing = flushing
                options.age = nil
                options.bytes = events * (8 + EventWindow.overheadBytes)
                return try TemporaryLog(options: options)
            },
            settle: { await ($0 as? TemporaryLog)?.log.keepToLimits() })
    }
}

/// What every log promises (see `EventLog`), checked through the protocol alone.
@Suite("What every event log promises")
struct EventLogConformanceTests {
    private static let generator = EventIDGenerator()

    private func event(_ n: Int, bytes: Int = 8) -> Event {
        let text = "{\"n\":\(n)}"
        let padding = String(repeating: " ", count: max(0, bytes - text.utf8.count))
        return Event(
            id: Self.generator.next(at: Int64(n)), time: Int64(n), envelope: Array((text + padding).utf8),
            deduplicationID: n % 3 == 0 ? "call \(n) \u{1F98A}" : nil)
    }

    private func events(_ numbers: Range<Int>) -> [Event] { numbers.map { event($0) } }

    /// Everything after a place, read in bites.
    private func all(of log: any EventLog, after start: SequenceNumber = .zero, bite: Int = 7) async throws
        -> [LoggedEvent]
    {
        var read: [LoggedEvent] = []
        var position = start
        while true {
            let slice = try await log.read(after: position, maxEvents: bite, maxBytes: .max)
            guard let last = slice.events.last else { return read }
            #expect(slice.events.count <= bite)
            read += slice.events
            position = last.sequence
        }
    }

    @Test("Events behind a place are counted", arguments: LogUnderTest.implementations)
    func count(_ kind: LogUnderTest) async throws {
        let log = try await kind.make()
        #expect(try await log.count(after: .zero) == 0)
        let numbers = try await log.append(events(0..<10))
        #expect(try await log.count(after: .zero) == 10)
        #expect(try await log.count(after: numbers[3]) == 6)
        #expect(try await log.count(after: numbers[9]) == 0)
        #expect(try await log.count(after: SequenceNumber(rawValue: .max)) == 0)
        let short = try await kind.makeHolding(4)
        for n in 0..<10 { _ = try await short.append([event(n)]) }
        await kind.settle(short)
        #expect(try await short.count(after: .zero) == short.contents()?.events)
        #expect(try await short.count(after: try await short.head()) == 0)
    }

    @Test("A new log is empty", arguments: LogUnderTest.implementations)
    func empty(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        #expect(try await log.head() == .zero)
        #expect(try await log.oldest() == nil)
        let slice = try await log.read(after: .zero, maxEvents: 10, maxBytes: 10)
        #expect(slice.events.isEmpty)
        #expect(!slice.gap)
        #expect(slice.head == .zero)
    }

    @Test("Events come back whole, in the order in which they were appended", arguments: LogUnderTest.implementations)
    func order(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        let written = events(0..<50)
        var numbers: [SequenceNumber] = []
        for batch in [written[0..<1], written[1..<20], written[20..<50]] {
            numbers += try await log.append(Array(batch))
        }
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
        #expect(numbers.first ?? .zero > .zero)
        let read = try await all(of: log)
        #expect(read.map(\.event) == written)
        #expect(read.map(\.sequence) == numbers)
        #expect(try await log.head() == numbers.last)
        #expect(try await log.oldest() == numbers.first)
    }

    @Test("Appending nothing changes nothing", arguments: LogUnderTest.implementations)
    func nothing(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        #expect(try await log.append([]).isEmpty)
        #expect(try await log.head() == .zero)
    }

    @Test("The greatest id is known, wherever it stands", arguments: LogUnderTest.implementations)
    func greatestID(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        #expect(try await log.greatestID() == nil)
        let written = events(0..<5)
        _ = try await log.append([written[0], written[4], written[2]])
        _ = try await log.append([written[1], written[3]])
        #expect(try await log.greatestID() == written[4].id)
    }

    @Test("A reader goes on from any place", arguments: LogUnderTest.implementations)
    func readOn(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        let written = events(0..<10)
        let numbers = try await log.append(written)
        for (index, number) in numbers.enumerated() {
            #expect(try await all(of: log, after: number).map(\.event) == Array(written[(index + 1)...]))
        }
        let beyond = SequenceNumber(rawValue: .max)
        let slice = try await log.read(after: beyond, maxEvents: 1, maxBytes: 1)
        #expect(slice.events.isEmpty)
        #expect(!slice.gap)
    }

    @Test("A read ends at its limits but always gets on", arguments: LogUnderTest.implementations)
    func limits(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        _ = try await log.append((0..<4).map { event($0, bytes: 100) })
        func count(maxEvents: Int, maxBytes: Int) async throws -> Int {
            try await log.read(after: .zero, maxEvents: maxEvents, maxBytes: maxBytes).events.count
        }
        #expect(try await count(maxEvents: 3, maxBytes: .max) == 3)
        #expect(try await count(maxEvents: 10, maxBytes: 200) == 2)
        #expect(try await count(maxEvents: 10, maxBytes: 201) == 3)
        #expect(try await count(maxEvents: 10, maxBytes: 1) == 1)
        #expect(try await count(maxEvents: 1, maxBytes: 0) == 1)
    }

    @Test("What has left the log shows as a gap, to those who ask for it", arguments: LogUnderTest.implementations)
    func gap(kind: LogUnderTest) async throws {
        let log = try await kind.makeHolding(5)
        let written = events(0..<100)
        var numbers: [SequenceNumber] = []
        for event in written { numbers += try await log.append([event]) }
        await kind.settle(log)
        let oldest = try #require(try await log.oldest())
        let slice = try await log.read(after: .zero, maxEvents: 100, maxBytes: .max)
        #expect(slice.gap)
        #expect(slice.head == numbers.last)
        #expect(slice.events.first?.sequence == oldest)
        #expect((1...5).contains(slice.events.count))
        #expect(slice.events.map(\.event) == Array(written.suffix(slice.events.count)))
        let last = try #require(numbers.last)
        #expect(try await log.read(after: last, maxEvents: 1, maxBytes: 1).gap == false)
    }

    @Test("A batch stays together whatever else is appended", arguments: LogUnderTest.implementations)
    func batches(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        let batches = (0..<40).map { batch in events(batch * 10..<batch * 10 + 10) }
        let numbers = try await withThrowingTaskGroup(of: (Int, [SequenceNumber]).self) { group in
            for (index, batch) in batches.enumerated() {
                group.addTask { (index, try await log.append(batch)) }
            }
            return try await group.reduce(into: [Int: [SequenceNumber]]()) { $0[$1.0] = $1.1 }
        }
        let read = try await all(of: log)
        #expect(read.count == 400)
        let position = Dictionary(uniqueKeysWithValues: read.enumerated().map { ($1.sequence, $0) })
        for (index, batch) in batches.enumerated() {
            let first = try #require(numbers[index]?.first.flatMap { position[$0] })
            #expect(read[first..<first + 10].map(\.event) == batch)
            #expect(read[first..<first + 10].map(\.sequence) == numbers[index])
        }
    }

    @Test(
        "The tail begins with the head and then tells each reader of new ones", arguments: LogUnderTest.implementations)
    func tail(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        let before = try await log.append(events(0..<3))
        var first = log.tail().makeAsyncIterator()
        var second = log.tail().makeAsyncIterator()
        #expect(await first.next() == before.last)
        #expect(await second.next() == before.last)
        let after = try await log.append(events(3..<5))
        #expect(await first.next() == after.last)
        #expect(await second.next() == after.last)
    }

    @Test("A slow reader of the tail is told once, of the newest head", arguments: LogUnderTest.implementations)
    func coalesced(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        var tail = log.tail().makeAsyncIterator()
        var newest: SequenceNumber?
        for n in 0..<100 { newest = try await log.append([event(n)]).last }
        #expect(await tail.next() == newest)
        let next = try await log.append([event(100)]).last
        #expect(await tail.next() == next)
    }

    @Test("A reader that waits for the tail sees every event once", arguments: LogUnderTest.implementations)
    func following(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        let count = 2_000
        async let read = follow(log, until: count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<4 {
                group.addTask {
                    for n in 0..<count / 4 {
                        _ = try await log.append([event(part * count + n)])
                        await Task.yield()
                    }
                }
            }
            try await group.waitForAll()
        }
        let sequences = try await read
        #expect(Set(sequences).count == count)
        #expect(sequences == sequences.sorted())
    }

    private func follow(_ log: any EventLog, until count: Int) async throws -> [SequenceNumber] {
        var read: [SequenceNumber] = []
        for await _ in log.tail() {
            read += try await all(of: log, after: read.last ?? .zero, bite: 100).map(\.sequence)
            if read.count >= count { break }
        }
        return read
    }

    @Test("An event is found by its id, for as long as it is there", arguments: LogUnderTest.implementations)
    func byID(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        let stranger = event(0).id
        #expect(try await log.place(of: stranger) == nil)
        let written = events(0..<100)
        let numbers = try await log.append(Array(written[..<60])) + log.append(Array(written[60...]))
        for (event, number) in zip(written, numbers) { #expect(try await log.place(of: event.id) == number) }
        #expect(try await log.place(of: stranger) == nil)

        let small = try await kind.makeHolding(5)
        for event in written { _ = try await small.append([event]) }
        await kind.settle(small)
        #expect(try await small.place(of: written[0].id) == nil)
        #expect(try await small.place(of: written[99].id) == small.head())
    }

    @Test("Reading from a time gives what has arrived since", arguments: LogUnderTest.implementations)
    func byTime(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        #expect(try await log.place(before: 0) == log.head())
        let ids = EventIDGenerator()
        // Two events in each of the seconds 10, 12, 14 and so on.
        let written = (0..<100).map { n in
            Event(id: ids.next(at: 10_000 + Int64(n / 2) * 2_000), time: 0, envelope: Array("{\"n\":\(n)}".utf8))
        }
        _ = try await log.append(written)
        for time in [Int64.min, 0, 10_000, 10_001, 12_000, 57_777, 108_000, 108_001, .max] {
            let place = try await log.place(before: time)
            #expect(
                try await all(of: log, after: place).map(\.event) == written.filter { $0.id.time >= time }, "\(time)")
        }
        #expect(try await log.place(before: .max) == log.head())
    }

    @Test(
        "Ids that come a little out of order do not hide an event from a time", arguments: LogUnderTest.implementations)
    func byTimeDisordered(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        let ids = EventIDGenerator()
        var written = (0..<1_000).map { Event(id: ids.next(at: Int64($0)), time: 0, envelope: Array("{}".utf8)) }
        for start in stride(from: 0, to: 1_000, by: 50) { written[start..<start + 50].reverse() }
        _ = try await log.append(written)
        for time in [Int64(0), 1, 49, 50, 475, 520, 999] {
            let read = try await all(of: log, after: log.place(before: time)).map(\.event)
            let expected = written.drop { $0.id.time < time }
            #expect(read == Array(expected), "\(time)")
        }
    }

    @Test("A log tells what it holds", arguments: LogUnderTest.implementations)
    func contents(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        #expect(try await log.contents() == nil)
        let written = [event(0, bytes: 10), event(1, bytes: 20), event(2, bytes: 30)]
        let numbers = try await log.append(written)
        var contents = try #require(try await log.contents())
        #expect(contents.oldest == .init(sequence: numbers[0], id: written[0].id))
        #expect(contents.newest == .init(sequence: numbers[2], id: written[2].id))
        #expect((contents.events, contents.bytes) == (3, 60))

        let small = try await kind.makeHolding(5)
        let more = events(10..<100)
        for event in more { _ = try await small.append([event]) }
        await kind.settle(small)
        contents = try #require(try await small.contents())
        #expect((1...5).contains(contents.events))
        #expect(contents.bytes == contents.events * 8)
        #expect(contents.oldest.id == more[more.count - contents.events].id)
        #expect(try await contents.oldest.sequence == small.oldest())
        #expect(contents.newest.id == more.last?.id)
    }

    @Test(
        "Closing ends the tails, refuses what comes later, and can be repeated", arguments: LogUnderTest.implementations
    )
    func closing(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        var tail = log.tail().makeAsyncIterator()
        #expect(await tail.next() == .zero)
        let last = try await log.append(events(0..<3)).last
        #expect(await tail.next() == last)
        await log.close()
        await log.close()
        #expect(await tail.next() == nil)
        var late = log.tail().makeAsyncIterator()
        #expect(await late.next() == nil)
        await #expect(throws: EventLogError.closed) { try await log.append([event(4)]) }
    }

    @Test("Appends under way when the log closes are stored or refused", arguments: LogUnderTest.implementations)
    func closingUnderLoad(kind: LogUnderTest) async throws {
        let log = try await kind.make()
        let stored = await withTaskGroup(of: Bool.self) { group in
            for n in 0..<200 { group.addTask { (try? await log.append([event(n)])) != nil } }
            group.addTask {
                await log.close()
                return false
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(try await log.contents()?.events ?? 0 == stored)
    }
}
