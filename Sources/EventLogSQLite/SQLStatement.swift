internal import EventLog
internal import GRDB
internal import GRDBSQLite

/// A prepared statement of one connection, used through SQLite's own calls: a row goes in or comes out without a Swift
/// object for each value. The only file that touches SQLite's pointers.
///
/// Belongs to the closure that GRDB runs on the connection's queue: it must not leave it.
@safe struct SQLStatement {
    /// Owns what `pointer` points to.
    private let statement: Statement
    private let pointer: OpaquePointer
    private let database: Database

    /// - Parameter sql: prepared once for each connection, then found again.
    init(_ database: Database, _ sql: String) throws {
        self.database = database
        statement = try database.cachedStatement(sql: sql)
        unsafe pointer = statement.sqliteStatement
        // The pointer is valid as long as the statement, which this value keeps.
        unsafe sqlite3_reset(pointer)
    }

    /// Sets the parameter of this place, counted from 1.
    func bind(_ number: Int64, at place: Int32) {
        // The pointer is valid as long as the statement.
        unsafe sqlite3_bind_int64(pointer, place, number)
    }

    /// Goes on to the next row.
    ///
    /// - Returns: false when there is none.
    func step() throws -> Bool {
        // The pointer is valid as long as the statement.
        switch unsafe sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            let error = DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
            reset()
            throw error
        }
    }

    /// Ends the run of the statement; to be called when the last row was not reached.
    func reset() {
        // The pointer is valid as long as the statement.
        unsafe sqlite3_reset(pointer)
    }

    /// Runs to the end; for statements without rows.
    func run() throws {
        while try step() {}
        reset()
    }

    func number(_ column: Int32) -> Int64 {
        // The pointer is valid as long as the statement.
        unsafe sqlite3_column_int64(pointer, column)
    }

    func isNull(_ column: Int32) -> Bool {
        // The pointer is valid as long as the statement.
        unsafe sqlite3_column_type(pointer, column) == SQLITE_NULL
    }

    /// The bytes of a blob or text.
    func bytes(_ column: Int32) -> [UInt8] {
        // The blob is valid until the next step, and is copied before.
        guard let start = unsafe sqlite3_column_blob(pointer, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(pointer, column))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The words in a blob, as they are stored; nil when there is no whole number of them.
    func words(_ column: Int32) -> [UInt64]? {
        // The blob is valid until the next step, and is copied before, just as many bytes as the words have.
        let bytes = Int(unsafe sqlite3_column_bytes(pointer, column))
        guard bytes % 8 == 0, let start = unsafe sqlite3_column_blob(pointer, column) else { return nil }
        return unsafe [UInt64](unsafeUninitializedCapacity: bytes / 8) { words, count in
            unsafe UnsafeMutableRawBufferPointer(words).copyMemory(from: .init(start: start, count: bytes))
            count = bytes / 8
        }
    }

    /// Lends the bytes of a blob.
    func withBytes<Result>(_ column: Int32, _ body: (borrowing RawSpan) throws -> Result) rethrows -> Result {
        let start = unsafe sqlite3_column_blob(pointer, column)
        let count = Int(unsafe sqlite3_column_bytes(pointer, column))
        // The blob is valid until the next step, which is not made in `body`.
        return try unsafe body(UnsafeRawBufferPointer(start: start, count: count).bytes)
    }

    /// Sets a parameter to a blob for the one run that `body` makes.
    private func binding<Element: BitwiseCopyable, Result>(
        _ elements: [Element], at place: Int32, _ body: () throws -> Result
    ) rethrows -> Result {
        // SQLite reads the bytes during the run in `body`, within which they stay where they are; then it is reset.
        try unsafe elements.withUnsafeBytes { bytes in
            // A place without an address would be NULL.
            unsafe sqlite3_bind_blob(pointer, place, bytes.baseAddress ?? .init(bitPattern: 1), Int32(bytes.count), nil)
            return try body()
        }
    }
}

extension Database {
    /// Carries out `work` as one transaction, which is kept unless it throws. GRDB's `inTransaction` parses the beginning
    /// and the end each time.
    func transaction(_ work: () throws -> Void) throws {
        try SQLStatement(self, "BEGIN IMMEDIATE").run()
        do {
            try work()
            try SQLStatement(self, "COMMIT").run()
        } catch {
            // A full disk may have ended it already.
            if isInsideTransaction { try SQLStatement(self, "ROLLBACK").run() }
            throw error
        }
    }

    /// How many pages this connection has written.
    var pagesWritten: Int {
        var (written, highest): (CInt, CInt) = (0, 0)
        // The connection is open while a closure has it; the call writes the two numbers.
        unsafe sqlite3_db_status(sqliteConnection, SQLITE_DBSTATUS_CACHE_WRITE, &written, &highest, 0)
        return Int(written)
    }
}

extension SQLStatement {
    private static let runColumns = "sequence, events, least, reached, ordinal, total, missing, checksum, entries"

    /// Stores runs with `insert(_:bytes:)`.
    static func insertingRuns(_ database: Database) throws -> SQLStatement {
        try SQLStatement(database, "INSERT INTO runs (\(runColumns), bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    }

    func insert(_ run: EventRun, bytes: [UInt8]) throws {
        let numbers = [
            run.first, Int64(run.count), run.least, run.reached, run.ordinal, run.total, run.missing,
            run.checksum,
        ]
        for (place, number) in numbers.enumerated() { bind(number, at: Int32(place + 1)) }
        try binding(run.entries, at: 9) { try binding(bytes, at: 10) { try self.run() } }
    }

    /// Finds runs, for `eventRun()`: from the one that holds an event on.
    ///
    /// - Parameter isReading: with the bytes of the events, which are column `runBytes`.
    static func runs(
        _ database: Database, from sequence: Int64, through last: Int64 = .max, isReading: Bool = false
    ) throws -> SQLStatement {
        let statement = try SQLStatement(
            database,
            """
            SELECT \(runColumns)\(isReading ? ", bytes" : "") FROM runs
            WHERE sequence >= ifnull((SELECT max(sequence) FROM runs WHERE sequence <= ?), 0) AND sequence <= ?
            ORDER BY sequence
            """)
        statement.bind(sequence, at: 1)
        statement.bind(last, at: 2)
        return statement
    }

    static let runBytes: Int32 = 9

    /// The run at hand; nil when what it says is damaged.
    func eventRun() -> EventRun? {
        guard let entries = words(8) else { return nil }
        return EventRun(
            first: number(0), count: number(1), least: number(2), reached: number(3), ordinal: number(4),
            total: number(5),
            missing: number(6), checksum: number(7), entries: entries)
    }
}

extension SQLStatement {
    /// Reads the table of the first format, in which each event had a row, with `eventRow()`.
    static func readingEvents(_ database: Database) throws -> SQLStatement {
        try SQLStatement(
            database,
            """
            SELECT sequence, id, time, ordinal, total, missing, checksum, deduplication_id, envelope FROM events
            ORDER BY sequence
            """)
    }

    /// The row at hand; nil when it is damaged.
    func eventRow() -> EventRow? {
        guard let id = id(1) else { return nil }
        let deduplicationID = isNull(7) ? nil : String(validating: bytes(7), as: UTF8.self)
        let row = EventRow(
            sequence: number(0),
            event: Event(id: id, time: number(2), envelope: bytes(8), deduplicationID: deduplicationID),
            ordinal: number(3), total: number(4), missing: number(5))
        return row.checksum == number(6) ? row : nil
    }

    /// The id in a blob; nil when it is none.
    private func id(_ column: Int32) -> EventID? {
        // The blob is valid until the next step; two words are read if it has 16 bytes.
        guard unsafe sqlite3_column_bytes(pointer, column) == 16,
            let start = unsafe sqlite3_column_blob(pointer, column)
        else { return nil }
        return unsafe EventID(
            high: UInt64(bigEndian: start.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}
