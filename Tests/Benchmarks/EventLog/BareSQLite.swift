import EventLog
import GRDBSQLite

/// SQLite with nothing around it: the same table and settings as the log on disk, prepared statements, one thread.
@safe final class BareSQLite: @unchecked Sendable {
    // Unchecked: a measurement uses it from one task at a time.
    private let database: OpaquePointer

    init(_ path: String, synchronous: String) throws {
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
        let insert = try unsafe prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?)")
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
            for index in start..<min(start + batch, events.count) {
                let event = events[index]
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
            try unsafe run(commit)
        }
    }

    /// Reads every row once, 1,024 with one run of the statement, and looks at the length of each envelope.
    func read(_ count: Int) throws {
        let select = try unsafe prepare(
            "SELECT sequence, id, time, deduplication_id, envelope FROM events WHERE sequence > ? ORDER BY sequence LIMIT 1024"
        )
        defer { unsafe sqlite3_finalize(select) }
        var (position, read): (Int64, Int) = (0, 0)
        while read < count {
            // The statement is valid until it is finalized; the blob is looked at before the next step.
            unsafe sqlite3_bind_int64(select, 1, position)
            while unsafe sqlite3_step(select) == SQLITE_ROW {
                position = unsafe sqlite3_column_int64(select, 0)
                guard unsafe sqlite3_column_blob(select, 4) != nil, unsafe sqlite3_column_bytes(select, 4) > 0 else {
                    throw Failure(reason: "an envelope is empty")
                }
                read += 1
            }
            unsafe sqlite3_reset(select)
        }
    }

    /// Finds the number of each event by its id.
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
