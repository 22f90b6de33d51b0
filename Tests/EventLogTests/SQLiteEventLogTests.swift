import EventLog
import EventLogSQLite
import Foundation
import Synchronization
import Testing

@Suite("The log on disk")
struct SQLiteEventLogTests {
    private static let ids = EventIDGenerator()

    private func event(_ n: Int, bytes: Int = 100, at time: Int64 = 1_000) -> Event {
        let text = Array("{\"n\":\(n)}".utf8)
        return Event(
            id: Self.ids.next(at: time), time: Int64(n),
            envelope: text + [UInt8](repeating: 0x20, count: max(0, bytes - text.count)),
            deduplicationID: n % 2 == 0 ? "d\(n)" : nil)
    }

    private func events(_ numbers: Range<Int>, bytes: Int = 100) -> [Event] {
        numbers.map { event($0, bytes: bytes) }
    }

    private func options(_ change: (inout SQLiteEventLog.Options) -> Void = { _ in }) -> SQLiteEventLog.Options {
        var options = SQLiteEventLog.Options()
        options.age = nil
        change(&options)
        return options
    }

    private func open(_ folder: TemporaryFolder, _ options: SQLiteEventLog.Options? = nil) throws -> SQLiteEventLog {
        try SQLiteEventLog(folder: folder.path, options: options ?? self.options(), logger: quietLogger)
    }

    private func all(of log: some EventLog, after start: SequenceNumber = .zero) async throws -> [LoggedEvent] {
        var read: [LoggedEvent] = []
        while true {
            let slice = try await log.read(after: read.last?.sequence ?? start, maxEvents: 100, maxBytes: .max)
            guard !slice.events.isEmpty else { return read }
            read += slice.events
        }
    }

    // MARK: Opening again

    @Test("What was appended is there again after closing, with its numbers, and they go on")
    func reopen() async throws {
        let folder = try TemporaryFolder()
        var written: [Event] = []
        for round in 0..<4 {
            let log = try open(folder)
            #expect(log.salvage == nil)
            #expect(log.contents()?.events ?? 0 == written.count)
            #expect(log.contents()?.newest.id == written.last?.id)
            let more = events(round * 10..<round * 10 + 10)
            let numbers = try await log.append(more)
            #expect(numbers.map(\.rawValue) == (written.count + 1...written.count + 10).map(UInt64.init))
            written += more
            #expect(try await all(of: log).map(\.event) == written)
            #expect(try await log.place(of: written[0].id)?.rawValue == 1)
            await log.close()
        }
    }

    @Test(
        "After an end that was not clean everything is there; the numbers go on, or skip ahead each time if the system ended",
        arguments: [false, true])
    func uncleanEnd(ofSystem: Bool) async throws {
        var folder = try TemporaryFolder()
        var written: [Event] = []
        var last = SequenceNumber.zero
        for round in 0..<5 {
            let log = try open(folder)
            #expect(log.salvage == nil)
            #expect(log.head() == last)
            let slice = try await log.read(after: .zero, maxEvents: 1_000, maxBytes: .max)
            #expect(slice.events.map(\.event) == written)
            #expect(!slice.gap)
            // In every other round nobody appends, and still no number may come again.
            if round % 2 == 0 {
                let more = events(round * 100..<round * 100 + 100)
                let numbers = try await log.append(more)
                if ofSystem && round > 0 {
                    #expect(numbers[0].rawValue >= last.rawValue + UInt64(SQLiteEventLog.skippedNumbers))
                } else {
                    #expect(numbers[0].rawValue == last.rawValue + 1)
                }
                #expect(try await !log.read(after: last, maxEvents: 1, maxBytes: 1).gap)
                written += more
                last = numbers[99]
            }
            // What a process that is killed leaves behind.
            let left = try TemporaryFolder()
            try copyLog(from: folder, to: left)
            if ofSystem { try Data("1\nanother run\n".utf8).write(to: URL(filePath: left.path + "/lock")) }
            await log.close()
            folder = left
        }
    }

    @Test("A folder is for one process at a time, and the second one hears whose it is")
    func locked() async throws {
        let folder = try TemporaryFolder()
        let log = try open(folder)
        let expected = EventLogError.folderInUse(
            folder: folder.path, processID: Int(ProcessInfo.processInfo.processIdentifier))
        #expect(throws: expected) { try open(folder) }
        #expect("\(expected)".contains(folder.path))
        _ = try await log.append([event(1)])
        await log.close()
        await (try open(folder)).close()
    }

    @Test("A folder that cannot be one is refused with its name")
    func notAFolder() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/file"
        try Data("text".utf8).write(to: URL(fileURLWithPath: file))
        #expect(throws: EventLogError.folderUnusable(folder: file, reason: "it is not a folder")) {
            try SQLiteEventLog(folder: file, options: options(), logger: quietLogger)
        }
        #expect(throws: EventLogError.self) {
            try SQLiteEventLog(folder: folder.path + "/no/such", options: options(), logger: quietLogger)
        }
        try FileManager.default.createDirectory(
            atPath: folder.path + "/events.sqlite", withIntermediateDirectories: false)
        #expect(throws: EventLogError.self) { try open(folder) }
    }

    @Test("A new folder is for its user alone")
    func folderMode() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/data"
        await (try SQLiteEventLog(folder: path, options: options(), logger: quietLogger)).close()
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o700)
    }

    @Test("A log of a newer version is refused and left as it is")
    func newerFormat() async throws {
        let folder = try TemporaryFolder()
        let log = try open(folder)
        _ = try await log.append(events(0..<10))
        await log.close()
        let file = folder.path + "/events.sqlite"
        try sqlite(file, "INSERT INTO grdb_migrations VALUES ('of the future')")
        #expect(throws: EventLogError.newerFormat(file: file)) { try open(folder) }
        try sqlite(file, "DELETE FROM grdb_migrations WHERE identifier = 'of the future'")
        let again = try open(folder)
        #expect(again.contents()?.events == 10)
        await again.close()
    }

    // MARK: Appending

    @Test("Appends at the same time keep their order inside, and what is told of them adds up")
    func groupCommit() async throws {
        let test = try TemporaryLog(options: options())
        let batches = (0..<200).map { batch in events(batch * 10..<batch * 10 + 10) }
        let results = try await withThrowingTaskGroup(of: (Int, [SequenceNumber]).self) { group in
            for (index, batch) in batches.enumerated() {
                group.addTask { (index, try await test.append(batch)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        let read = try await all(of: test.log)
        #expect(read.count == 200 * 10)
        let places = Dictionary(uniqueKeysWithValues: read.enumerated().map { ($1.sequence, $0) })
        for (index, batch) in batches.enumerated() {
            let numbers = try #require(results[index])
            let start = try #require(places[numbers[0]])
            #expect(read[start..<start + 10].map(\.event) == batch)
            #expect(read[start..<start + 10].map(\.sequence) == numbers)
        }
        #expect(test.contents()?.events == read.count)
        #expect(test.contents()?.bytes == read.reduce(0) { $0 + $1.event.envelope.count })
    }

    @Test("Appends without a task are answered once, in their order, at the latest when the log closes")
    func prompt() async throws {
        let folder = try TemporaryFolder()
        let log = try open(folder)
        let (answers, continuation) = AsyncStream.makeStream(of: [UInt64].self)
        let answer: @Sendable (Result<[SequenceNumber], any Error>) -> Void = { result in
            continuation.yield((try? result.get().map(\.rawValue)) ?? [])
        }
        var iterator = answers.makeAsyncIterator()
        #expect(try log.append([], later: answer)?.isEmpty == true)
        #expect(try log.append(events(1..<3), later: answer) == nil)
        #expect(try log.append(events(3..<4), later: answer) == nil)
        #expect(log.head() == .zero)
        log.proceed()
        #expect(await iterator.next() == [1, 2])
        #expect(await iterator.next() == [3])
        #expect(log.head().rawValue == 3)
        // One that nobody goes on with is taken along by the next.
        #expect(try log.append(events(4..<5), later: answer) == nil)
        #expect(try await log.append(events(5..<6)).map(\.rawValue) == [5])
        #expect(await iterator.next() == [4])
        #expect(try log.append(events(6..<7), later: answer) == nil)
        await log.close()
        #expect(await iterator.next() == [6])
        #expect(throws: EventLogError.closed) { try log.append(events(7..<8), later: answer) }
        continuation.finish()
        #expect(await iterator.next() == nil)
        let again = try open(folder)
        #expect(try await all(of: again).map(\.event.time) == [1, 2, 3, 4, 5, 6])
        await again.close()
    }

    @Test("What is no longer in memory is read from the disk, without a seam")
    func beyondMemory() async throws {
        let test = try TemporaryLog(options: options { $0.recentBytes = 20_000 })
        var written: [Event] = []
        for round in 0..<40 {
            let more = events(round * 25..<round * 25 + 25, bytes: 300)
            _ = try await test.append(more)
            written += more
        }
        #expect(try await all(of: test.log).map(\.event) == written)
        for start in [0, 1, 900, 930, 940, 990, 999] {
            let read = try await all(of: test.log, after: SequenceNumber(rawValue: UInt64(start)))
            #expect(read.map(\.event) == Array(written[start...]))
        }
    }

    @Test("A full disk fails what is appended, whole; reading goes on, and appending when there is room")
    func diskFull() async throws {
        let folder = try TemporaryFolder()
        var written = events(0..<100)
        let roomy = try open(folder)
        _ = try await roomy.append(written)
        await roomy.close()

        let log = try open(folder, options { $0.pagesMax = 60 })
        var refused: [Event] = []
        for round in 0..<40 {
            let batch = events(1_000 + round * 10..<1_010 + round * 10, bytes: 2_000)
            do {
                _ = try await log.append(batch)
                written += batch
            } catch {
                #expect(error as? EventLogError == .diskFull)
                refused += batch
            }
        }
        #expect(refused.count > 100)
        #expect(try await all(of: log).map(\.event) == written)
        for event in refused { #expect(try await log.place(of: event.id) == nil) }
        #expect(log.contents()?.events == written.count)
        var tail = log.tail().makeAsyncIterator()
        #expect(await tail.next() == log.head())
        // A small one may still fit.
        await log.close()

        let again = try open(folder)
        #expect(again.salvage == nil)
        #expect(try await all(of: again).map(\.event) == written)
        let more = events(5_000..<5_100, bytes: 2_000)
        #expect(try await again.append(more).count == 100)
        #expect(try await all(of: again).map(\.event) == written + more)
        await again.close()
    }

    @Test("When the system refuses to write, appends fail until it does not, and nothing is lost")
    func writeRefused() async throws {
        await #expect(processExitsWith: .success) {
            try await LimitedFileSize.appendAcrossTheLimit()
        }
    }

    // MARK: Retention

    @Test("What is older than it may be leaves, also when nobody appends; the newest one stays")
    func retentionByAge() async throws {
        let now = Mutex<Int64>(1_000_000)
        let folder = try TemporaryFolder()
        let options = options {
            $0.age = .seconds(60)
            $0.now = { now.withLock { $0 } }
        }
        let log = try open(folder, options)
        let written = (0..<3_000).map { event($0, at: 1_000_000 + Int64($0) * 100) }
        let numbers = try await log.append(written)
        await log.keepToLimits()
        #expect(log.contents()?.events == 3_000)
        now.withLock { $0 = 1_060_000 + 100_000 }
        await log.keepToLimits()
        let contents = try #require(log.contents())
        #expect(contents.oldest == .init(sequence: numbers[1_000], id: written[1_000].id))
        #expect(contents.events == 2_000)
        #expect(try await log.read(after: numbers[998], maxEvents: 1, maxBytes: 1).gap)
        #expect(try await !log.read(after: numbers[999], maxEvents: 1, maxBytes: 1).gap)
        #expect(try await log.place(of: written[999].id) == nil)
        #expect(try await log.place(before: 0) == numbers[999])
        now.withLock { $0 = .max / 2 }
        await log.keepToLimits()
        #expect(log.contents()?.events == 1)
        #expect(log.contents()?.newest.id == written[2_999].id)
        await log.close()

        let again = try open(folder, options)
        #expect(again.contents()?.events == 1)
        #expect(again.contents()?.bytes == 100)
        #expect(try await again.read(after: numbers[998], maxEvents: 1, maxBytes: 1).gap)
        #expect(try await !again.read(after: numbers[2_998], maxEvents: 1, maxBytes: 1).gap)
        await again.close()
    }

    @Test("Under load the log keeps to its bytes, appends go on, and readers see what is there or a gap")
    func retentionUnderLoad() async throws {
        let limit = 200_000
        let test = try TemporaryLog(
            options: options {
                $0.bytes = limit
                $0.recentBytes = 50_000
            })
        let isDone = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    // Reads from before the oldest event all the time: numbers ascend, and what is missing is told.
                    var position = SequenceNumber.zero
                    while !isDone.isSet {
                        let slice = try await test.read(after: position, maxEvents: 50, maxBytes: .max)
                        let numbers = slice.events.map(\.sequence.rawValue)
                        if let first = numbers.first {
                            #expect(slice.gap == (first != position.rawValue + 1))
                            #expect(numbers == Array(first..<first + UInt64(numbers.count)))
                        }
                        position = slice.events.count < 50 ? .zero : slice.events[49].sequence
                        await Task.yield()
                    }
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { appenders in
                for appender in 0..<4 {
                    appenders.addTask {
                        for round in 0..<100 {
                            _ = try await test.append(self.events(0..<10, bytes: 200 + appender + round))
                        }
                    }
                }
                try await appenders.waitForAll()
            }
            isDone.set()
            try await group.waitForAll()
        }
        await test.log.keepToLimits()
        let contents = try #require(test.contents())
        let size = contents.bytes + contents.events * EventWindow.overheadBytes
        #expect(size <= limit && size > limit - 1_000)
        let read = try await all(of: test.log)
        #expect(read.count == contents.events)
        #expect(read.last?.sequence.rawValue == 4_000)
        #expect(read.first?.sequence == contents.oldest.sequence)
    }

    @Test("The file does not grow while the log keeps its size")
    func pagesAreUsedAgain() async throws {
        let test = try TemporaryLog(options: options { $0.bytes = 300_000 })
        var sizes: [Int] = []
        for round in 0..<30 {
            _ = try await test.append(events(round * 100..<round * 100 + 100, bytes: 500))
            await test.log.keepToLimits()
            let attributes = try FileManager.default.attributesOfItem(atPath: test.folder.path + "/events.sqlite")
            sizes.append(try #require(attributes[.size] as? Int))
        }
        #expect(try #require(sizes.last) < 1_000_000)
    }

    @Test("After a large shrink the room is given back bit by bit, and what stays is whole")
    func shrinking() async throws {
        let folder = try TemporaryFolder()
        let written = events(0..<3_000, bytes: 2_000)
        let large = try open(folder)
        _ = try await large.append(written)
        await large.close()
        let log = try open(folder, options { $0.bytes = 1_000_000 })
        await log.keepToLimits()
        let held = try #require(log.contents()?.events)
        func size() throws -> Int {
            try #require(
                try FileManager.default.attributesOfItem(atPath: folder.path + "/events.sqlite")[.size] as? Int)
        }
        #expect(try size() > 6_000_000)
        for _ in 0..<10 { await log.giveRoomBack() }
        #expect(try await all(of: log).map(\.event) == written.suffix(held))
        await log.close()
        #expect(try size() < 2_500_000)
        let again = try open(folder)
        #expect(try await all(of: again).map(\.event) == written.suffix(held))
        await again.close()
    }

    @Test("A thousand readers that resume at once all get everything")
    func manyReaders() async throws {
        let test = try TemporaryLog(options: options { $0.recentBytes = 0 })
        let written = events(0..<200)
        let numbers = try await test.append(written)
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for reader in 0..<1_000 {
                group.addTask {
                    let place = try #require(try await test.place(of: written[reader % 200].id))
                    #expect(place == numbers[reader % 200])
                    return try await test.read(after: place, maxEvents: 1_000, maxBytes: .max).events.count
                        + reader % 200 + 1
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(counts == [200])
    }
}

private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}

/// Copies the files of a log, as they are at this moment.
func copyLog(from source: TemporaryFolder, to target: TemporaryFolder) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: source.path) where !name.hasSuffix("-shm") {
        try FileManager.default.copyItem(atPath: "\(source.path)/\(name)", toPath: "\(target.path)/\(name)")
    }
}

/// In a process of its own, because it limits the size of all its files.
private enum LimitedFileSize {
    static func appendAcrossTheLimit() async throws {
        signal(SIGXFSZ, SIG_IGN)
        let ids = EventIDGenerator()
        let folder = try TemporaryFolder()
        var options = SQLiteEventLog.Options()
        options.age = nil
        var log = try SQLiteEventLog(folder: folder.path, options: options, logger: quietLogger)
        var written: [Event] = []
        func append(_ rounds: Int, expecting range: ClosedRange<Int>) async {
            var failures = 0
            for _ in 0..<rounds {
                let batch = (0..<10).map { _ in
                    Event(id: ids.next(at: 1), time: 1, envelope: [UInt8](repeating: 0x20, count: 3_000))
                }
                do {
                    _ = try await log.append(batch)
                    written += batch
                } catch {
                    failures += 1
                }
            }
            precondition(range.contains(failures), "\(failures) of \(rounds) failed")
        }
        func check() async throws {
            var read: [Event] = []
            var position = SequenceNumber.zero
            while true {
                let slice = try await log.read(after: position, maxEvents: 100, maxBytes: .max)
                guard let last = slice.events.last else { break }
                read += slice.events.map(\.event)
                position = last.sequence
            }
            precondition(read == written, "read \(read.count) of \(written.count)")
        }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        let unlimited = limit.rlim_cur
        await append(5, expecting: 0...0)
        limit.rlim_cur = 600_000
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        await append(50, expecting: 10...50)
        try await check()
        limit.rlim_cur = unlimited
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        await append(50, expecting: 0...0)
        try await check()
        await log.close()
        log = try SQLiteEventLog(folder: folder.path, options: options, logger: quietLogger)
        precondition(log.salvage == nil, "\(log.salvage!)")
        try await check()
        await log.close()
    }
}
