import EventLog
import GRDBSQLite

/// SQLite with nothing around it: the same settings as the log on disk, prepared statements, one thread.
@safe final class BareSQLite: @unchecked Sendable {
    enum Layout: CaseIterable {
        /// As the log: events that are appended in one transaction share rows.
        case runs
        /// What one would write at first: a row for each event, found by its id through an index.
        case rows
    }

    // Unchecked: a measurement uses it from one task at a time.
    private let database: OpaquePointer
    private let layout: Layout

    init(_ path: String, synchronous: String, layout: Layout) throws {
        self.layout = layout
        var database: OpaquePointer?
        // The call writes the one pointer, which lives until it returns.
        guard
            unsafe sqlite3_open_v2(
                path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK,
            let database = unsafe database
        else { throw Failure(reason: "SQLite does not open \(path)") }
        unsafe self.database = database
        try execute(
            """
            PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
            PRAGMA synchronous = \(synchronous); PRAGMA secure_delete = OFF; PRAGMA cache_size = -16384;
            PRAGMA wal_autocheckpoint = 1024;
            CREATE TABLE runs (
                sequence INTEGER PRIMARY KEY, events INTEGER NOT NULL, least INTEGER NOT NULL,
                reached INTEGER NOT NULL, ordinal INTEGER NOT NULL, total INTEGER NOT NULL, missing INTEGER NOT NULL,
                checksum INTEGER NOT NULL, entries BLOB NOT NULL, bytes BLOB NOT NULL
            );
            CREATE TABLE events (
                sequence INTEGER PRIMARY KEY, id BLOB NOT NULL, time INTEGER NOT NULL, ordinal INTEGER NOT NULL,
                total INTEGER NOT NULL, missing INTEGER NOT NULL, checksum INTEGER NOT NULL, deduplication_id TEXT,
                envelope BLOB NOT NULL
            );
            CREATE UNIQUE INDEX events_by_id ON events (id);
            """)
    }

    func close() {
        // Opened in init, and not used any more.
        unsafe sqlite3_close_v2(database)
    }

    /// Inserts the events, so many in a transaction.
    func append(_ events: ArraySlice<Event>, batch: Int) throws {
        let columns =
            layout == .rows
            ? "events VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?)" : "runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        let insert = try unsafe prepare("INSERT INTO \(columns)")
        let begin = try unsafe prepare("BEGIN IMMEDIATE")
        let commit = try unsafe prepare("COMMIT")
        // The statements are valid until they are finalized here.
        defer {
            unsafe sqlite3_finalize(insert)
            unsafe sqlite3_finalize(begin)
            unsafe sqlite3_finalize(commit)
        }
        var total: Int64 = 0
        for start in stride(from: 0, to: events.count, by: batch) {
            try unsafe run(begin)
            let part = events[start..<min(start + batch, events.count)]
            switch layout {
            case .rows: for index in part.indices { try unsafe insertRow(events[index], index, &total, insert) }
            case .runs: try unsafe insertRuns(part, &total, insert)
            }
            try unsafe run(commit)
        }
    }

    private func insertRow(_ event: Event, _ index: Int, _ total: inout Int64, _ insert: OpaquePointer) throws {
        let id = (event.id.high.bigEndian, event.id.low.bigEndian)
        total += Int64(event.envelope.count)
        // SQLite reads both during the run, within which they stay where they are.
        try unsafe withUnsafeBytes(of: id) { id in
            try unsafe event.envelope.withUnsafeBytes { envelope in
                unsafe sqlite3_bind_int64(insert, 1, Int64(index + 1))
                unsafe sqlite3_bind_blob(insert, 2, id.baseAddress, 16, nil)
                unsafe sqlite3_bind_int64(insert, 3, event.time)
                unsafe sqlite3_bind_int64(insert, 4, Int64(index + 1))
                unsafe sqlite3_bind_int64(insert, 5, total)
                unsafe sqlite3_bind_int64(insert, 6, 0)
                unsafe sqlite3_bind_int64(insert, 7, .max - total)
                unsafe sqlite3_bind_blob(insert, 8, envelope.baseAddress, Int32(envelope.count), nil)
                try unsafe run(insert)
            }
        }
    }

    private func insertRuns(_ events: ArraySlice<Event>, _ total: inout Int64, _ insert: OpaquePointer) throws {
        var start = events.startIndex
        var (entries, bytes): ([UInt64], [UInt8]) = ([], [])
        for index in events.indices {
            let event = events[index]
            entries += [event.id.high, event.id.low, UInt64(event.time), 0, UInt64(event.envelope.count)]
            bytes += event.envelope
            guard entries.count * 8 + bytes.count > 31 << 10 || index + 1 == events.endIndex else { continue }
            total += Int64(bytes.count)
            let numbers = [
                start + 1, index + 1 - start, Int(events[start].id.time), Int(event.id.time), start, Int(total), 0,
                .max - Int(total),
            ]
            for (place, number) in numbers.enumerated() {
                unsafe sqlite3_bind_int64(insert, Int32(place + 1), Int64(number))
            }
            // SQLite reads both during the run, within which they stay where they are.
            try unsafe entries.withUnsafeBytes { entries in
                try unsafe bytes.withUnsafeBytes { bytes in
                    unsafe sqlite3_bind_blob(insert, 9, entries.baseAddress, Int32(entries.count), nil)
                    unsafe sqlite3_bind_blob(insert, 10, bytes.baseAddress, Int32(bytes.count), nil)
                    try unsafe run(insert)
                }
            }
            start = index + 1
            entries.removeAll(keepingCapacity: true)
            bytes.removeAll(keepingCapacity: true)
        }
    }

    /// Reads every run once, 16 with one run of the statement, and looks at the lengths of its events.
    func read(_ count: Int) throws {
        let select = try unsafe prepare(
            "SELECT sequence, events, entries, bytes FROM runs WHERE sequence > ? ORDER BY sequence LIMIT 16")
        defer { unsafe sqlite3_finalize(select) }
        var (position, read): (Int64, Int) = (0, 0)
        while read < count {
            // The statement is valid until it is finalized; the blobs are looked at before the next step.
            unsafe sqlite3_bind_int64(select, 1, position)
            while unsafe sqlite3_step(select) == SQLITE_ROW {
                position = unsafe sqlite3_column_int64(select, 0)
                let words = Int(unsafe sqlite3_column_bytes(select, 2)) / 8
                guard let entries = unsafe sqlite3_column_blob(select, 2) else {
                    throw Failure(reason: "a run is empty")
                }
                var bytes = 0
                for word in stride(from: 4, to: words, by: 5) {
                    bytes += unsafe Int(entries.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self))
                    read += 1
                }
                guard unsafe bytes == Int(sqlite3_column_bytes(select, 3)) else {
                    throw Failure(reason: "a run is not whole")
                }
            }
            unsafe sqlite3_reset(select)
        }
    }

    /// Finds the number of each event by its id, with a row for each event.
    func find(_ events: [Event]) throws {
        let select = try unsafe prepare("SELECT sequence FROM events WHERE id = ?")
        defer { unsafe sqlite3_finalize(select) }
        for event in events {
            let id = (event.id.high.bigEndian, event.id.low.bigEndian)
            // SQLite reads the id during the run, within which it stays where it is.
            try unsafe withUnsafeBytes(of: id) { id in
                unsafe sqlite3_bind_blob(select, 1, id.baseAddress, 16, nil)
                guard unsafe sqlite3_step(select) == SQLITE_ROW else { throw Failure(reason: "an event is not there") }
                unsafe sqlite3_reset(select)
            }
        }
    }

    private func execute(_ sql: String) throws {
        // The database is open until `close`.
        guard unsafe sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else { throw failure }
    }

    private func prepare(_ sql: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        // The database is open until `close`; the call writes the one pointer.
        guard unsafe sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK,
            let statement = unsafe statement
        else { throw failure }
        return unsafe statement
    }

    private func run(_ statement: OpaquePointer) throws {
        // The callers' statements are not finalized yet.
        guard unsafe sqlite3_step(statement) == SQLITE_DONE else { throw failure }
        unsafe sqlite3_reset(statement)
    }

    private var failure: Failure { unsafe Failure(reason: String(cString: sqlite3_errmsg(database))) }
}
