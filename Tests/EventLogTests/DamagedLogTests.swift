import EventLog
import EventLogSQLite
import Foundation
import GRDB
import Testing

/// Logs whose files were damaged at random places; each failure names the seed that repeats it.
@Suite("A damaged log")
struct DamagedLogTests {
    /// The files of a log, and what was in it.
    private struct Original {
        let folder: TemporaryFolder
        /// By number; with what has left, because that may come back.
        let events: [SequenceNumber: Event]
        let oldest: SequenceNumber
        /// Whether events are only in the write-ahead log.
        let isOpen: Bool
    }

    private static let blockBytes = 20

    /// An envelope of blocks that tell where they belong.
    private func envelope(_ n: Int, blocks: Int) -> [UInt8] {
        (0..<blocks).flatMap { Array(String(format: "{%08d:%08d} ", n, $0).utf8) }
    }

    private func makeOriginal(isOpen: Bool) async throws -> Original {
        let folder = try TemporaryFolder()
        var options = SQLiteEventLog.Options()
        options.age = nil
        options.bytes = 800_000
        // Otherwise a checkpoint every second would move events from the write-ahead log while it is copied, and what a
        // shorter one hides of the database would pass for untouched.
        options.flushing = .full
        let ids = EventIDGenerator()
        var events: [SequenceNumber: Event] = [:]
        var n = 0
        func append(_ rounds: Int, to log: SQLiteEventLog) async throws {
            for round in 0..<rounds {
                // Runs within a page, and such that take several.
                let batch = (0..<(round % 5 == 4 ? 60 : 10)).map { index in
                    n += 1
                    let blocks = (round * 10 + index) % 97 == 13 ? 2_000 : 5 + n % 30
                    return Event(
                        id: ids.next(at: Int64(n)), time: Int64(n), envelope: envelope(n, blocks: blocks),
                        deduplicationID: n % 3 == 0 ? "once \(n)" : nil)
                }
                for (number, event) in zip(try await log.append(batch), batch) { events[number] = event }
            }
            await log.keepToLimits()
        }
        var log = try SQLiteEventLog(folder: folder.path, options: options, logger: quietLogger)
        try await append(40, to: log)
        await log.close()
        log = try SQLiteEventLog(folder: folder.path, options: options, logger: quietLogger)
        try await append(20, to: log)
        let oldest = try #require(log.oldest())
        #expect(oldest.rawValue > 1)
        guard isOpen else {
            await log.close()
            return Original(folder: folder, events: events, oldest: oldest, isOpen: false)
        }
        let copy = try TemporaryFolder()
        try copyLog(from: folder, to: copy)
        await log.close()
        return Original(folder: copy, events: events, oldest: oldest, isOpen: true)
    }

    /// Damages one of the files.
    ///
    /// - Returns: the file, and the places that are not what they were.
    private func damage(_ folder: TemporaryFolder, _ random: inout SeededRandom) throws -> (
        file: String, bytes: Range<Int>, what: String
    ) {
        let wal = "events.sqlite-wal"
        let hasWAL = (try? Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(wal)")).isEmpty) == false
        let file = hasWAL && random.next(below: 2) == 0 ? wal : "events.sqlite"
        let url = URL(fileURLWithPath: "\(folder.path)/\(file)")
        var data = try Data(contentsOf: url)
        let start = random.next(below: 8) == 0 ? random.next(below: 200) : random.next(below: data.count)
        let count = [1, 1, 16, 500, 8_192, 40_000][random.next(below: 6)]
        let range = start..<min(data.count, start + count)
        var what = ""
        switch random.next(below: 5) {
        case 0:
            what = "truncated"
            data = data.prefix(start)
            try data.write(to: url)
            return (file, start..<Int.max, what)
        case 1:
            what = "one bit flipped"
            data[start] ^= UInt8(1 << random.next(below: 8))
            try data.write(to: url)
            return (file, start..<start + 1, what)
        case 2:
            what = "zeroed"
            for index in range { data[index] = 0 }
        case 3:
            what = "filled at random"
            for index in range { data[index] = UInt8(random.next(below: 256)) }
        default:
            what = "filled from elsewhere"
            let other = random.next(below: data.count - range.count + 1)
            data.replaceSubrange(range, with: Data(data[other..<other + range.count]))
        }
        try data.write(to: url)
        return (file, range, what)
    }

    @Test(
        "Whatever is damaged: it opens, what it gives is what was appended, and what was not touched is there",
        .timeLimit(.minutes(10)), arguments: [false, true])
    func anyDamage(isOpen: Bool) async throws {
        let original = try await makeOriginal(isOpen: isOpen)
        let map = try BlockMap(original.folder)
        let rounds = Int(ProcessInfo.processInfo.environment["LAMBDALESS_DAMAGE_ROUNDS"] ?? "") ?? 20
        let base =
            UInt64(ProcessInfo.processInfo.environment["LAMBDALESS_DAMAGE_SEED"] ?? "")
            ?? UInt64.random(in: 0 ... .max / 2)
        for round in 0..<rounds {
            let seed = base + UInt64(round)
            var random = SeededRandom(seed: seed)
            let folder = try TemporaryFolder()
            try copyLog(from: original.folder, to: folder)
            let (file, bytes, what) = try damage(folder, &random)
            // A closed log is not looked through, unless the process ended badly.
            let isChecked = isOpen || random.next(below: 2) == 0
            if isChecked { try Data("1\n".utf8).write(to: URL(fileURLWithPath: folder.path + "/lock")) }
            let comment: Comment = "seed \(seed), \(file) \(what) at \(bytes), open \(isOpen), checked \(isChecked)"
            let spared = map.spared(by: bytes, of: file)
            try await check(folder, original, spared: spared, isChecked: isChecked, comment)
        }
    }

    private func check(
        _ folder: TemporaryFolder, _ original: Original, spared: Spared, isChecked: Bool, _ comment: Comment
    ) async throws {
        var options = SQLiteEventLog.Options()
        options.age = nil
        func open() throws -> SQLiteEventLog {
            do {
                return try SQLiteEventLog(folder: folder.path, options: options, logger: quietLogger)
            } catch {
                Issue.record("does not open: \(error); \(comment)")
                throw error
            }
        }
        if !isChecked {
            // Nobody looks at all of a log that was closed; what is read of it is right all the same.
            let log = try open()
            for event in await readAll(log).events { #expect(original.events[event.sequence] == event.event, comment) }
            await log.close()
            try Data("1\n".utf8).write(to: URL(fileURLWithPath: folder.path + "/lock"))
        }
        let log = try open()
        let read = await readAll(log)
        #expect(!read.isBroken, comment)
        let numbers = read.events.map(\.sequence)
        #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count, comment)
        for event in read.events {
            #expect(original.events[event.sequence] == event.event, comment)
        }
        let there = Set(numbers)
        let needed = original.events.keys.filter { number in
            number >= original.oldest && spared.contains(original.events[number]!, isSalvaged: log.salvage != nil)
        }
        let lost = needed.filter { !there.contains($0) }.sorted()
        #expect(lost.isEmpty, "\(comment): \(log.salvage.map { "\($0)" } ?? "no salvage")")
        if let report = log.salvage {
            #expect(FileManager.default.fileExists(atPath: report.damagedFile), comment)
            #expect(report.saved == read.events.count, comment)
        }
        // It goes on, with numbers that were never given.
        let more = Event(id: EventIDGenerator(after: log.contents()?.newest.id).next(at: 0), time: 0, envelope: [1])
        let number = try await log.append([more]).first
        #expect(try #require(number) > original.events.keys.max()!, comment)
        await log.close()
        let again = try open()
        #expect(again.salvage == nil, comment)
        #expect(await readAll(again).events == read.events + [LoggedEvent(sequence: number!, event: more)], comment)
        await again.close()
    }

    private func readAll(_ log: SQLiteEventLog) async -> (events: [LoggedEvent], isBroken: Bool) {
        var events: [LoggedEvent] = []
        var isBroken = false
        while true {
            do {
                let slice = try await log.read(after: events.last?.sequence ?? .zero, maxEvents: 64, maxBytes: 1 << 20)
                guard !slice.events.isEmpty else { return (events, isBroken) }
                events += slice.events
            } catch {
                isBroken = true
                return (events, isBroken)
            }
        }
    }

    @Test("What is missing between the saved events is told exactly, and to those who read across it")
    func losses() async throws {
        let original = try await makeOriginal(isOpen: false)
        let url = URL(fileURLWithPath: original.folder.path + "/events.sqlite")
        var data = try Data(contentsOf: url)
        let victim = try #require(original.events.first { $0.key.rawValue == 1_000 })
        // Only the envelope of one event, which no look at the pages finds.
        let block = Data(String(format: "{%08d:%08d}", 1_000, 2).utf8)
        while let range = data.range(of: block) {
            data.replaceSubrange(range, with: Data(repeating: 0x7a, count: block.count))
        }
        try data.write(to: url)
        try Data("1\n".utf8).write(to: URL(fileURLWithPath: original.folder.path + "/lock"))

        var options = SQLiteEventLog.Options()
        options.age = nil
        let log = try SQLiteEventLog(folder: original.folder.path, options: options, logger: quietLogger)
        let report = try #require(log.salvage)
        let before = SequenceNumber(rawValue: 999)
        let after = SequenceNumber(rawValue: 1_001)
        #expect(report.losses == [.init(after: before, before: after, events: 1)])
        #expect("\(report)".contains("1 between numbers 999 and 1001"))
        #expect(try await log.place(of: victim.value.id) == nil)
        #expect(log.contents()?.events == report.saved)
        #expect(log.contents()?.oldest.sequence == original.oldest)
        // A slice ends before the gap, and the next one says so.
        let slice = try await log.read(after: SequenceNumber(rawValue: 990), maxEvents: 100, maxBytes: .max)
        #expect(slice.events.last?.sequence == before)
        #expect(!slice.gap)
        let next = try await log.read(after: before, maxEvents: 100, maxBytes: .max)
        #expect(next.events.first?.sequence == after)
        #expect(next.gap)
        #expect(try await !log.read(after: after, maxEvents: 100, maxBytes: .max).gap)
        await log.close()
    }

    @Test("A damaged page of a run costs the events from there on, and no others")
    func lossWithinRun() async throws {
        let original = try await makeOriginal(isOpen: false)
        let file = original.folder.path + "/events.sqlite"
        let run = try #require(try runs(of: file).dropLast().last { $0.count > 40 })
        let url = URL(fileURLWithPath: file)
        var data = try Data(contentsOf: url)
        // In the midst of the run, on a page that has nothing else.
        let block = Data(String(format: "{%08d:%08d}", run.lowerBound + UInt64(run.count / 2), 2).utf8)
        let page = try #require(data.range(of: block)?.lowerBound) / BlockMap.pageSize * BlockMap.pageSize
        #expect(data[page] != 0x0d)
        data.replaceSubrange(page..<page + BlockMap.pageSize, with: Data(repeating: 0xff, count: BlockMap.pageSize))
        try data.write(to: url)
        try Data("1\n".utf8).write(to: URL(fileURLWithPath: original.folder.path + "/lock"))
        var options = SQLiteEventLog.Options()
        options.age = nil
        let log = try SQLiteEventLog(folder: original.folder.path, options: options, logger: quietLogger)
        let loss = try #require(log.salvage?.losses.first)
        #expect(log.salvage?.losses.count == 1)
        #expect(loss.before.rawValue == run.upperBound + 1)
        #expect(loss.after.rawValue >= run.lowerBound && loss.after.rawValue < run.lowerBound + UInt64(run.count / 2))
        let lost = loss.after.rawValue + 1...run.upperBound
        #expect(loss.events == lost.count)
        let expected = original.events.filter { $0.key >= original.oldest && !lost.contains($0.key.rawValue) }
        #expect(Dictionary(uniqueKeysWithValues: await readAll(log).events.map { ($0.sequence, $0.event) }) == expected)
        await log.close()
    }

    @Test(
        "What is damaged is left out while the log is open, an event or a run, and saved around at the next start",
        arguments: [
            // The number of the first event that is lost, and how many are.
            ("bytes = CAST(replace(CAST(bytes AS TEXT), '{00001000:', '{0000100z:') AS BLOB)", 1_000...1_000),
            ("reached = reached + 1", nil),
            ("events = 9223372036854775807", nil),
            ("entries = zeroblob(length(entries))", nil),
            ("bytes = x''", nil),
        ] as [(String, ClosedRange<UInt64>?)])
    func damageWhileOpen(change: String, lost: ClosedRange<UInt64>?) async throws {
        let original = try await makeOriginal(isOpen: false)
        let file = original.folder.path + "/events.sqlite"
        let runs = try runs(of: file)
        let run = try #require(runs.last { $0.lowerBound <= 1_000 })
        let lost = lost ?? run
        try sqlite(file, "UPDATE runs SET \(change) WHERE sequence = \(run.lowerBound)")
        var options = SQLiteEventLog.Options()
        options.age = nil
        let log = try SQLiteEventLog(folder: original.folder.path, options: options, logger: quietLogger)
        #expect(log.salvage == nil)
        let before = SequenceNumber(rawValue: lost.lowerBound - 1)
        #expect(
            try await log.read(
                after: SequenceNumber(rawValue: lost.lowerBound - 10), maxEvents: 100, maxBytes: .max
            ).events.last?.sequence == before)
        let next = try await log.read(after: before, maxEvents: 10, maxBytes: .max)
        #expect(next.gap)
        #expect(next.events.first?.sequence.rawValue == lost.upperBound + 1)
        // Looking for one that is lost finds the places around it.
        _ = try await log.place(of: try #require(original.events[SequenceNumber(rawValue: 1_000)]).id)
        _ = try await log.place(before: 1_000)
        _ = try await log.count(after: SequenceNumber(rawValue: 1_000))
        let killed = try TemporaryFolder()
        try copyLog(from: original.folder, to: killed)
        await log.close()
        for folder in [original.folder, killed] {
            let again = try SQLiteEventLog(folder: folder.path, options: options, logger: quietLogger)
            #expect(again.salvage?.losses.map(\.events) == [lost.count])
            await again.close()
        }
    }

    @Test(
        "A damaged run hides no other one from a time or an id",
        arguments: ["reached = 0", "reached = 9223372036854775807", "events = 9223372036854775807", "checksum = 0"])
    func damageWhereSearchLooks(change: String) async throws {
        let folder = try TemporaryFolder()
        var options = SQLiteEventLog.Options()
        options.age = nil
        options.recentBytes = 0
        let ids = EventIDGenerator()
        let original = try SQLiteEventLog(folder: folder.path, options: options, logger: quietLogger)
        var events: [(number: SequenceNumber, event: Event)] = []
        for run in 0..<12 {
            let batch = (0..<3).map { _ in
                Event(id: ids.next(at: Int64(run * 10)), time: 0, envelope: envelope(run, blocks: 1))
            }
            events += zip(try await original.append(batch), batch).map { ($0, $1) }
        }
        await original.close()
        let runs = try runs(of: folder.path + "/events.sqlite")
        #expect(runs.count == 12)
        // One, and two that follow each other.
        for (first, count) in (0..<11).flatMap({ [($0, 1), ($0, 2)] }) {
            let damaged = runs[first..<first + count]
            let copy = try TemporaryFolder()
            try copyLog(from: folder, to: copy)
            try sqlite(
                copy.path + "/events.sqlite",
                "UPDATE runs SET \(change) WHERE sequence BETWEEN \(damaged.first!.lowerBound) AND \(damaged.last!.upperBound)"
            )
            // What is at the end is looked at when the log is opened.
            guard damaged.last != runs.last, damaged.first != runs.first else { continue }
            let log = try SQLiteEventLog(folder: copy.path, options: options, logger: quietLogger)
            #expect(log.salvage == nil)
            let sound = events.filter { event in !damaged.contains { $0.contains(event.number.rawValue) } }
            for time in stride(from: Int64(0), to: 130, by: 5) {
                let next = sound.first { $0.event.id.time >= time }
                let expected = next.map { SequenceNumber(rawValue: $0.number.rawValue - 1) } ?? log.head()
                #expect(try await log.place(before: time) == expected, "time \(time), damaged \(damaged)")
            }
            for (number, event) in sound { #expect(try await log.place(of: event.id) == number, "damaged \(damaged)") }
            await log.close()
        }
    }

    @Test("A run that is damaged does not keep what is old from leaving", arguments: [true, false])
    func damageLeaves(isLast: Bool) async throws {
        let original = try await makeOriginal(isOpen: false)
        let file = original.folder.path + "/events.sqlite"
        let runs = try runs(of: file)
        let run = try #require(isLast ? runs.last : runs.first { $0.lowerBound > original.oldest.rawValue })
        var options = SQLiteEventLog.Options()
        options.age = nil
        let log = try SQLiteEventLog(folder: original.folder.path, options: options, logger: quietLogger)
        let contents = try #require(log.contents())
        await log.close()
        try sqlite(file, "UPDATE runs SET reached = reached + 1 WHERE sequence = \(run.lowerBound)")
        options.bytes = contents.bytes / 2
        let small = try SQLiteEventLog(folder: original.folder.path, options: options, logger: quietLogger)
        await small.keepToLimits()
        let left = try #require(small.contents())
        #expect((small.salvage == nil) == !isLast)
        #expect(left.bytes + left.events * EventWindow.overheadBytes <= options.bytes)
        #expect(await readAll(small).events.count == left.events)
        await small.close()
    }

    private func runs(of file: String) throws -> [ClosedRange<UInt64>] {
        let queue = try DatabaseQueue(path: file)
        defer { try? queue.close() }
        return try queue.read { database in
            try Row.fetchAll(database, sql: "SELECT sequence, events FROM runs ORDER BY sequence").map { row in
                let (first, count): (Int64, Int64) = (row["sequence"], row["events"])
                return UInt64(first)...UInt64(first + count - 1)
            }
        }
    }

    @Test("After a kill a damaged write-ahead log is saved, not cut off, and none of its numbers is given again")
    func killed() async throws {
        let original = try await makeOriginal(isOpen: true)
        let url = URL(fileURLWithPath: original.folder.path + "/events.sqlite-wal")
        var data = try Data(contentsOf: url)
        data[data.count / 3] ^= 1
        try data.write(to: url)
        var options = SQLiteEventLog.Options()
        options.age = nil
        let log = try SQLiteEventLog(folder: original.folder.path, options: options, logger: quietLogger)
        #expect(log.salvage != nil)
        let newest = try #require(original.events.keys.max())
        #expect(log.contents()?.newest.sequence == newest)
        let more = Event(id: EventIDGenerator(after: log.contents()?.newest.id).next(at: 0), time: 0, envelope: [1])
        #expect(try await log.append([more])[0] > newest)
        await log.close()
    }

    @Test("A file that is lost or empty is told of, not taken for a new log", arguments: ["events.sqlite", "both"])
    func lostFile(which: String) async throws {
        let original = try await makeOriginal(isOpen: true)
        try Data().write(to: URL(fileURLWithPath: original.folder.path + "/events.sqlite"))
        if which == "both" { try Data().write(to: URL(fileURLWithPath: original.folder.path + "/events.sqlite-wal")) }
        let log = try SQLiteEventLog(folder: original.folder.path, options: .init(), logger: quietLogger)
        let report = try #require(log.salvage)
        #expect((report.saved > 0) == (which != "both"))
        let number = try await log.append([Event(id: EventIDGenerator().next(at: 1), time: 0, envelope: [1])])[0]
        #expect(number > original.events.keys.max()!)
        await log.close()
    }

    @Test("Saving that was interrupted is finished at the next start, or begun again")
    func interrupted() async throws {
        let original = try await makeOriginal(isOpen: false)
        let path = original.folder.path + "/events.sqlite"
        // Interrupted while the new file was being written.
        try Data("half".utf8).write(to: URL(fileURLWithPath: path + ".new"))
        var log = try SQLiteEventLog(folder: original.folder.path, options: .init(), logger: quietLogger)
        let held = log.contents()?.events
        await log.close()
        #expect(!FileManager.default.fileExists(atPath: path + ".new"))
        // Interrupted when it was complete, before and after the old one was moved.
        for isMoved in [false, true] {
            try FileManager.default.copyItem(atPath: path, toPath: path + ".saved")
            if isMoved {
                try FileManager.default.removeItem(atPath: path)
            } else {
                try Data("damaged".utf8).write(to: URL(fileURLWithPath: path))
                try Data("garbage".utf8).write(to: URL(fileURLWithPath: path + "-wal"))
            }
            log = try SQLiteEventLog(folder: original.folder.path, options: .init(), logger: quietLogger)
            #expect(log.contents()?.events == held)
            await log.close()
        }
        let kept = try FileManager.default.contentsOfDirectory(atPath: original.folder.path).filter {
            $0.contains("damaged")
        }
        #expect(kept.count == 2)
    }
}

/// Where the blocks of envelopes, and what runs say of them, lie in the files of a log.
private struct BlockMap {
    /// The pages that hold a block whole: pages of the database, or frames of the write-ahead log.
    struct Place: Hashable {
        let isInWAL: Bool
        let page: Int
    }

    static let pageSize = 8_192
    private static let frameSize = 24 + pageSize
    private var places: [UInt64: Set<Place>] = [:]
    /// Where the row of a run begins, by the number of its first event.
    private var rows: [UInt64: Set<Place>] = [:]
    /// The frames that end a transaction.
    private var commits: [Int] = []

    init(_ folder: TemporaryFolder) throws {
        for isInWAL in [false, true] {
            let name = isInWAL ? "events.sqlite-wal" : "events.sqlite"
            guard let data = try? Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)")) else { continue }
            let bytes = [UInt8](data)
            var (start, page) = (isInWAL ? 32 + 24 : 0, 0)
            while start + Self.pageSize <= bytes.count {
                if isInWAL, bytes[start - 20..<start - 16].contains(where: { $0 != 0 }) { commits.append(page) }
                add(Array(bytes[start..<start + Self.pageSize]), at: Place(isInWAL: isInWAL, page: page))
                start += isInWAL ? Self.frameSize : Self.pageSize
                page += 1
            }
        }
    }

    /// Adds the blocks that lie whole in a page; of a page with rows, only those of rows: what was moved to another page
    /// is still between them.
    private mutating func add(_ page: [UInt8], at place: Place) {
        var parts = [0..<page.count]
        if page[0] == 0x0d {
            let count = min(Int(page[3]) << 8 | Int(page[4]), 2_000)
            parts = (0..<count).map { index in
                let cell = Int(page[8 + 2 * index]) << 8 | Int(page[9 + 2 * index])
                var offset = cell
                let size = Self.varint(page, &offset)
                rows[UInt64(Self.varint(page, &offset)), default: []].insert(place)
                let (most, least) = (Self.pageSize - 35, (Self.pageSize - 12) * 32 / 255 - 23)
                let rest = least + (size - least) % (Self.pageSize - 4)
                return offset..<min(page.count, offset + (size <= most ? size : rest <= most ? rest : least))
            }
        }
        for part in parts where part.count > 18 {
            for index in part.lowerBound..<part.upperBound - 18 {
                guard page[index] == UInt8(ascii: "{"), page[index + 9] == UInt8(ascii: ":"),
                    page[index + 18] == UInt8(ascii: "}"),
                    let event = UInt64(String(decoding: page[index + 1..<index + 9], as: UTF8.self)),
                    let block = UInt64(String(decoding: page[index + 10..<index + 18], as: UTF8.self))
                else { continue }
                places[event << 32 | block, default: []].insert(place)
            }
        }
    }

    /// A number of at most three bytes of seven bits.
    private static func varint(_ page: [UInt8], _ offset: inout Int) -> Int {
        var value = 0
        repeat {
            value = value << 7 | Int(page[offset] & 0x7f)
            offset += 1
        } while page[offset - 1] >= 0x80 && offset < page.count
        return value
    }

    /// Damage costs up to a run: an event is there when all of its run is.
    func spared(by bytes: Range<Int>, of file: String) -> Spared {
        let isInWAL = file.hasSuffix("-wal")
        let (header, size) = isInWAL ? (32, Self.frameSize) : (0, Self.pageSize)
        let first = max(0, bytes.lowerBound - header) / size
        let last = bytes.upperBound == .max ? Int.max : max(0, bytes.upperBound - 1 - header) / size
        let committed = commits.last { $0 < first } ?? -1
        let starts = rows.keys.sorted()
        /// The runs with damage, by the number of their first event.
        func touched(isSalvaged: Bool) -> Set<UInt64> {
            func isTouched(_ places: Set<Place>) -> Bool {
                !places.contains { place in
                    guard place.isInWAL == isInWAL, isInWAL else {
                        return place.isInWAL != isInWAL || !(first...last).contains(place.page)
                    }
                    // SQLite itself stops at the last transaction before the damage.
                    return isSalvaged ? !(first...last).contains(place.page) : place.page <= committed
                }
            }
            var runs = Set(rows.filter { isTouched($0.value) }.keys)
            for (block, places) in places where isTouched(places) {
                runs.formUnion(starts.last { $0 <= block >> 32 }.map { [$0] } ?? [])
            }
            return runs
        }
        let runs = [false: touched(isSalvaged: false), true: touched(isSalvaged: true)]
        return Spared { event, isSalvaged in
            guard let run = starts.last(where: { $0 <= UInt64(event.time) }) else { return false }
            return !runs[isSalvaged]!.contains(run)
        }
    }
}

/// Which events a damage did not touch.
private struct Spared {
    let contains: (_ event: Event, _ isSalvaged: Bool) -> Bool

    init(_ contains: @escaping (Event, Bool) -> Bool) { self.contains = contains }

    func contains(_ event: Event, isSalvaged: Bool) -> Bool { contains(event, isSalvaged) }
}

private struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next(below limit: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return Int((word ^ word >> 31) % UInt64(limit))
    }
}
