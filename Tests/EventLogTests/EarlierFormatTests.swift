import EventLog
import EventLogSQLite
import Foundation
import Testing

@Suite("Logs of earlier formats")
struct EarlierFormatTests {
    private func open(_ folder: TemporaryFolder) throws -> SQLiteEventLog {
        var options = SQLiteEventLog.Options()
        options.age = nil
        return try SQLiteEventLog(folder: folder.path, options: options, logger: quietLogger)
    }

    /// The log that the first format's program left: numbers 1 to 4 have left, 5 is lost, and so is what was behind 8.
    private func makeFirstFormat() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try sqlite(folder.path + "/events.sqlite", FirstFormat.sql)
        return folder
    }

    private func checkContents(_ log: SQLiteEventLog) async throws {
        let second: UInt64 = 1_795_696_097_918_000
        let slice = try await log.read(after: .zero, maxEvents: 100, maxBytes: .max)
        #expect(slice.gap)
        #expect(slice.events.map(\.sequence.rawValue) == [6, 7, 8])
        let next = try await log.read(after: slice.events[2].sequence, maxEvents: 100, maxBytes: .max)
        #expect(next.gap)
        #expect(next.events.map(\.sequence.rawValue) == (second..<second + 4).map(\.self))
        let events = (slice.events + next.events).map(\.event)
        #expect(events.map(\.deduplicationID) == [nil, "request k1 0", "request k1 1", nil, nil, nil, nil])
        for (event, n) in zip(events, 6...) {
            let text = String(decoding: event.envelope, as: UTF8.self)
            #expect(text.hasPrefix(#"{"version":"0","id":"\#(event.id)","detail-type":"t","#))
            #expect(text.hasSuffix(n == 8 ? #""detail":{"n":8,"text":"ü🦊"}}"# : #""detail":{"n":\#(n)}}"#))
            #expect(event.time == event.id.time)
        }
        for event in slice.events + next.events { #expect(try await log.place(of: event.event.id) == event.sequence) }
        #expect(try await log.place(before: events[3].time) == SequenceNumber(rawValue: second - 1))
        let contents = try #require(log.contents())
        #expect(contents.oldest == .init(sequence: slice.events[0].sequence, id: events[0].id))
        #expect(contents.newest == .init(sequence: next.events[3].sequence, id: events[6].id))
        #expect((contents.events, contents.bytes) == (7, 2_230 - 804))
        #expect(try await log.count(after: slice.events[1].sequence) == 5)
    }

    @Test("A row for each event becomes runs, and nothing else changes")
    func firstFormat() async throws {
        let folder = try makeFirstFormat()
        for _ in 0..<2 {
            let log = try open(folder)
            #expect(log.salvage == nil)
            try await checkContents(log)
            await log.close()
        }
        let log = try open(folder)
        let ids = EventIDGenerator(after: log.contents()?.newest.id)
        let number = try await log.append([Event(id: ids.next(at: 0), time: 0, envelope: [1])]).first
        #expect(number?.rawValue == 1_795_696_097_918_004)
        await log.close()
    }

    @Test("It is checked after an end that was not clean", arguments: ["1\n", ""])
    func damagedFirstFormat(lock: String) async throws {
        let folder = try makeFirstFormat()
        try Data(lock.utf8).write(to: URL(fileURLWithPath: folder.path + "/lock"))
        try sqlite(folder.path + "/events.sqlite", "UPDATE events SET time = time + 1 WHERE sequence = 7")
        let log = try open(folder)
        let report = try #require(log.salvage)
        #expect(report.saved == 6)
        #expect(report.losses.map(\.events) == [1])
        #expect(
            try await log.read(after: .zero, maxEvents: 100, maxBytes: .max).events.map(\.sequence.rawValue) == [6])
        await log.close()
    }

    @Test("One that nothing is wrong with is not salvaged after an end that was not clean")
    func uncleanFirstFormat() async throws {
        let folder = try makeFirstFormat()
        try Data("1\n".utf8).write(to: URL(fileURLWithPath: folder.path + "/lock"))
        let log = try open(folder)
        #expect(log.salvage == nil)
        try await checkContents(log)
        await log.close()
    }
}

/// Recorded from the last program that wrote the first format (November 2026).
private enum FirstFormat {
    static let sql = """
        PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('events');
        CREATE TABLE events (
            sequence INTEGER PRIMARY KEY,
            id BLOB NOT NULL,
            time INTEGER NOT NULL,
            ordinal INTEGER NOT NULL,
            total INTEGER NOT NULL,
            missing INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            deduplication_id TEXT,
            envelope BLOB NOT NULL
        );
        CREATE UNIQUE INDEX events_by_id ON events (id);
        CREATE TABLE log (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            next INTEGER NOT NULL,
            removed_sequence INTEGER NOT NULL,
            removed_ordinal INTEGER NOT NULL,
            removed_total INTEGER NOT NULL,
            checksum INTEGER NOT NULL
        );
        INSERT INTO log VALUES (1, 1795696097918004, 4, 4, 804, -2690058131749772000);
        INSERT INTO events VALUES
            (6, x'01A217D3F9AD7000AEA89DF3F9A0DBDC', 1795696097709, 5, 1005, 1, 4659467632196023447, NULL,
                CAST('{"version":"0","id":"01a217d3-f9ad-7000-aea8-9df3f9a0dbdc","detail-type":"t","source":"demo","account":"000000000000","time":"2026-11-26T12:28:17Z","region":"us-east-1","resources":[],"detail":{"n":6}}' AS BLOB)),
            (7, x'01A217D3F9BB700099DEEF258E8166AF', 1795696097723, 6, 1206, 0, -5364435555141250106, 'request k1 0',
                CAST('{"version":"0","id":"01a217d3-f9bb-7000-99de-ef258e8166af","detail-type":"t","source":"demo","account":"000000000000","time":"2026-11-26T12:28:17Z","region":"us-east-1","resources":[],"detail":{"n":7}}' AS BLOB)),
            (8, x'01A217D3F9BB700199DEEF258E8166AF', 1795696097723, 7, 1423, 0, -2157474080917559925, 'request k1 1',
                CAST('{"version":"0","id":"01a217d3-f9bb-7001-99de-ef258e8166af","detail-type":"t","source":"demo","account":"000000000000","time":"2026-11-26T12:28:17Z","region":"us-east-1","resources":[],"detail":{"n":8,"text":"ü🦊"}}' AS BLOB)),
            (1795696097918000, x'01A217D3FF477000B3F5E5A58AF0D1AB', 1795696099143, 8, 1624, -1, -1337115132663675973, NULL,
                CAST('{"version":"0","id":"01a217d3-ff47-7000-b3f5-e5a58af0d1ab","detail-type":"t","source":"demo","account":"000000000000","time":"2026-11-26T12:28:19Z","region":"us-east-1","resources":[],"detail":{"n":9}}' AS BLOB)),
            (1795696097918001, x'01A217D3FFA17000B0550E9CD062815F', 1795696099233, 9, 1826, 0, -4768940735114294104, NULL,
                CAST('{"version":"0","id":"01a217d3-ffa1-7000-b055-0e9cd062815f","detail-type":"t","source":"demo","account":"000000000000","time":"2026-11-26T12:28:19Z","region":"us-east-1","resources":[],"detail":{"n":10}}' AS BLOB)),
            (1795696097918002, x'01A217D404D470009120A1EC69E235A8', 1795696100564, 10, 2028, 0, -5163474442664525762, NULL,
                CAST('{"version":"0","id":"01a217d4-04d4-7000-9120-a1ec69e235a8","detail-type":"t","source":"demo","account":"000000000000","time":"2026-11-26T12:28:20Z","region":"us-east-1","resources":[],"detail":{"n":11}}' AS BLOB)),
            (1795696097918003, x'01A217D405177000B7FC51158A51DDE0', 1795696100631, 11, 2230, 0, -7272060393035582699, NULL,
                CAST('{"version":"0","id":"01a217d4-0517-7000-b7fc-51158a51dde0","detail-type":"t","source":"demo","account":"000000000000","time":"2026-11-26T12:28:20Z","region":"us-east-1","resources":[],"detail":{"n":12}}' AS BLOB));
        """
}
