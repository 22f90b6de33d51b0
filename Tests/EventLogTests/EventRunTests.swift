import EventLog
import EventLogSQLite
import Foundation
import GRDB
import Testing

@Suite("Runs of events in the log on disk")
struct EventRunTests {
    private static let ids = EventIDGenerator()

    /// Nothing is kept in memory, so that all is read from the file.
    private func options(_ change: (inout SQLiteEventLog.Options) -> Void = { _ in }) -> SQLiteEventLog.Options {
        var options = SQLiteEventLog.Options()
        options.age = nil
        options.recentBytes = 0
        change(&options)
        return options
    }

    private func event(_ n: Int, bytes: Int = 700, at time: Int64 = 1_000) -> Event {
        let text = Array("{\"n\":\(n)}".utf8)
        return Event(
            id: Self.ids.next(at: time), time: Int64(n),
            envelope: text + [UInt8](repeating: 0x20, count: max(0, bytes - text.count)),
            deduplicationID: n % 2 == 0 ? "d\(n)" : nil)
    }

    private func rows(of log: TemporaryLog) throws -> [(first: Int, events: Int, bytes: Int)] {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: log.folder.path + "/events.sqlite", configuration: configuration)
        return try queue.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT sequence, events, length(entries) + length(bytes) AS size FROM runs ORDER BY sequence"
            ).map { ($0["sequence"], $0["events"], $0["size"]) }
        }
    }

    private func all(of log: TemporaryLog) async throws -> [LoggedEvent] {
        var read: [LoggedEvent] = []
        while let next = Optional(
            try await log.read(after: read.last?.sequence ?? .zero, maxEvents: 1_000, maxBytes: .max).events),
            !next.isEmpty
        { read += next }
        return read
    }

    @Test("What is appended together shares rows, up to a bound; a large event has one of its own")
    func sharing() async throws {
        let log = try TemporaryLog(options: options())
        let written = (0..<200).map { event($0, bytes: $0 == 150 ? 100_000 : 700) }
        // One transaction takes them all, as nobody wakes the writer before.
        for event in written { #expect(try log.log.append([event]) { _ in } == nil) }
        log.log.proceed()
        await log.log.keepToLimits()
        let rows = try rows(of: log)
        #expect(rows.count <= 200 * 750 / 32_768 + 6)
        #expect(rows.map(\.first) == rows.reduce(into: [1]) { $0.append($0.last! + $1.events) }.dropLast())
        for row in rows { #expect(row.bytes <= 32_768 || row.events == 1) }
        #expect(try await all(of: log).map(\.event) == written)
    }

    @Test("Appends of any size fill their pages", arguments: [1, 3, 5, 6, 7, 8, 10, 20])
    func room(events: Int) async throws {
        let log = try TemporaryLog(options: options())
        for round in 0..<1_200 / events {
            _ = try await log.append((0..<events).map { event(round * events + $0) })
        }
        let contents = try #require(log.contents())
        await log.close()
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: log.folder.path + "/events.sqlite")[.size] as? Int)
        #expect(size < (contents.bytes + contents.events * EventWindow.overheadBytes) * 5 / 4)
    }

    @Test("A read begins and ends anywhere in a run")
    func anywhere() async throws {
        let log = try TemporaryLog(options: options())
        var written: [Event] = []
        for (round, count) in [1, 60, 2, 40].enumerated() {
            let more = (0..<count).map { event(round * 100 + $0, bytes: 100) }
            _ = try await log.append(more)
            written += more
        }
        #expect(try rows(of: log).count < 12)
        for start in 0..<written.count {
            for limit in [1, 2, 59, 1_000] {
                let place = SequenceNumber(rawValue: UInt64(start))
                let slice = try await log.read(after: place, maxEvents: limit, maxBytes: .max)
                #expect(slice.events.map(\.event) == Array(written[start...].prefix(limit)))
                #expect(!slice.gap)
                let bytes = try await log.read(after: place, maxEvents: 1_000, maxBytes: limit * 100)
                #expect(bytes.events.map(\.event) == Array(written[start...].prefix(limit)))
            }
            #expect(try await log.count(after: SequenceNumber(rawValue: UInt64(start))) == written.count - start)
        }
    }

    @Test("Events leave one by one, and a row when the last of its events has left")
    func leaving() async throws {
        let folder = try TemporaryFolder()
        var log = try TemporaryLog(options: options(), in: folder)
        let written = (0..<100).map { event($0, bytes: 100) }
        _ = try await log.append(written)
        let row = try #require(try rows(of: log).first)
        #expect(row.events == 100)
        await log.close()
        for held in [70, 31, 1] {
            log = try TemporaryLog(
                options: options { $0.bytes = held * (100 + EventWindow.overheadBytes) }, in: folder)
            await log.log.keepToLimits()
            await log.close()
            // The next one has to find what has left in the file.
            log = try TemporaryLog(options: options(), in: folder)
            #expect(try rows(of: log).map(\.events) == [100])
            let left = SequenceNumber(rawValue: UInt64(100 - held))
            let contents = try #require(log.contents())
            #expect(
                contents.oldest
                    == .init(sequence: SequenceNumber(rawValue: left.rawValue + 1), id: written[100 - held].id))
            #expect((contents.events, contents.bytes) == (held, held * 100))
            #expect(try await all(of: log).map(\.event) == written.suffix(held))
            #expect(try await log.read(after: .zero, maxEvents: 1, maxBytes: 1).gap)
            #expect(try await !log.read(after: left, maxEvents: 1, maxBytes: 1).gap)
            #expect(try await log.place(of: written[99 - held].id) == nil)
            #expect(try await log.place(of: written[100 - held].id)?.rawValue == left.rawValue + 1)
            #expect(try await log.place(before: 0) == left)
            #expect(try await log.count(after: .zero) == held)
            await log.close()
        }
        log = try TemporaryLog(options: options { $0.bytes = 0 }, in: folder)
        _ = try await log.append([event(100)])
        await log.log.keepToLimits()
        #expect(try rows(of: log).map(\.first) == [101])
    }

    @Test("Events are found by id and by time among runs of any length, also across skipped numbers")
    func search() async throws {
        var folder = try TemporaryFolder()
        var written: [(number: SequenceNumber, event: Event)] = []
        for round in 0..<3 {
            let log = try TemporaryLog(options: options(), in: folder)
            var events = (0..<1_300).map { event($0, bytes: 50, at: Int64(round * 10_000 + 1_000 + $0 * 2 / 3)) }
            for start in stride(from: 0, to: 1_300, by: 50) { events[start..<start + 50].reverse() }
            var start = 0
            while start < events.count {
                let count = min([1, 1, 1, 2, 30, 400][start % 6], events.count - start)
                let part = events[start..<start + count]
                written += zip(try await log.append(Array(part)), part).map { ($0, $1) }
                start += count
            }
            let left = try TemporaryFolder()
            try copyLog(from: folder, to: left)
            // The numbers skip.
            try Data("1\nanother run\n".utf8).write(to: URL(filePath: left.path + "/lock"))
            await log.close()
            folder = left
        }
        let log = try TemporaryLog(options: options(), in: folder)
        for (number, event) in written { #expect(try await log.place(of: event.id) == number) }
        for time in written.map(\.event.id.time) + [0, 999, 5_000, 15_000, 25_000, .max] {
            let first = written.first { $0.event.id.time >= time }
            let expected = first.map { SequenceNumber(rawValue: $0.number.rawValue - 1) } ?? log.head()
            #expect(try await log.place(before: time) == expected)
            #expect(try await log.place(of: .least(at: time)) == nil)
        }
    }

    @Test("Batches that come late hide no event from its id or a time, and are found as well")
    func lateBatches() async throws {
        let log = try TemporaryLog(options: options())
        var written: [(number: SequenceNumber, event: Event)] = []
        func append(_ events: [Event]) async throws {
            written += zip(try await log.append(events), events).map { ($0, $1) }
        }
        for round in 0..<4 {
            // Their ids are made, and a second passes in which others come.
            let late = (0..<3_000).map { event($0, bytes: 30, at: Int64(round * 2_000 + $0 / 30)) }
            for n in 0..<500 { try await append([event(n, bytes: 30, at: Int64(round * 2_000 + 100 + n * 2))]) }
            try await append(late)
        }
        for (number, event) in written { #expect(try await log.place(of: event.id) == number) }
        for time in stride(from: Int64(0), to: 8_000, by: 7) {
            let first = written.first { $0.event.id.time >= time }
            let expected = first.map { SequenceNumber(rawValue: $0.number.rawValue - 1) } ?? log.head()
            #expect(try await log.place(before: time) == expected)
        }
    }
}
