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

    /// The id in a blob; nil when it is none.
    func id(_ column: Int32) -> EventID? {
        // The blob is valid until the next step; two words are read if it has 16 bytes.
        guard unsafe sqlite3_column_bytes(pointer, column) == 16,
            let start = unsafe sqlite3_column_blob(pointer, column)
        else { return nil }
        return unsafe EventID(
            high: UInt64(bigEndian: start.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    /// Sets a parameter to an id for the one run that `body` makes.
    func binding<Result>(_ id: EventID, at place: Int32, _ body: () throws -> Result) rethrows -> Result {
        let words = (id.high.bigEndian, id.low.bigEndian)
        // SQLite reads the words during the run in `body`, within which they stay where they are; then it is reset.
        return try unsafe withUnsafeBytes(of: words) { bytes in
            unsafe sqlite3_bind_blob(pointer, place, bytes.baseAddress, 16, nil)
            defer { reset() }
            return try body()
        }
    }

    /// Sets a parameter to bytes for the one run that `body` makes; as text when `isText`.
    private func binding<Result>(
        _ bytes: [UInt8], isText: Bool = false, at place: Int32, _ body: () throws -> Result
    ) rethrows -> Result {
        // SQLite reads the bytes during the run in `body`, within which they stay where they are; then it is reset.
        try unsafe bytes.withUnsafeBytes { bytes in
            if isText {
                let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                unsafe sqlite3_bind_text(pointer, place, start, Int32(bytes.count), nil)
            } else {
                unsafe sqlite3_bind_blob(pointer, place, bytes.baseAddress, Int32(bytes.count), nil)
            }
            return try body()
        }
    }
}

extension Database {
    /// How many pages this connection has written.
    var pagesWritten: Int {
        var (written, highest): (CInt, CInt) = (0, 0)
        // The connection is open while a closure has it; the call writes the two numbers.
        unsafe sqlite3_db_status(sqliteConnection, SQLITE_DBSTATUS_CACHE_WRITE, &written, &highest, 0)
        return Int(written)
    }
}

extension SQLStatement {
    private static let eventColumns =
        "sequence, id, time, ordinal, total, missing, checksum, deduplication_id, envelope"

    /// Stores rows with `insert(_:)`.
    static func inserting(_ database: Database) throws -> SQLStatement {
        try SQLStatement(database, "INSERT INTO events (\(eventColumns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
    }

    func insert(_ row: EventRow) throws {
        bind(row.sequence, at: 1)
        bind(row.event.time, at: 3)
        bind(row.ordinal, at: 4)
        bind(row.total, at: 5)
        bind(row.missing, at: 6)
        bind(row.checksum, at: 7)
        try binding(row.event.id, at: 2) {
            try binding(row.event.envelope, at: 9) {
                guard let deduplicationID = row.event.deduplicationID else {
                    // The pointer is valid as long as the statement.
                    unsafe sqlite3_bind_null(pointer, 8)
                    return try run()
                }
                try binding(Array(deduplicationID.utf8), isText: true, at: 8) { try run() }
            }
        }
    }

    /// Reads rows with `row()`: those above the first parameter and up to the second, as many as the third.
    static func reading(_ database: Database) throws -> SQLStatement {
        try SQLStatement(
            database,
            "SELECT \(eventColumns) FROM events WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?")
    }

    /// The row at hand; nil when it is damaged.
    func row() -> EventRow? {
        guard let id = id(1) else { return nil }
        let deduplicationID = isNull(7) ? nil : String(validating: bytes(7), as: UTF8.self)
        let row = EventRow(
            sequence: number(0),
            event: Event(id: id, time: number(2), envelope: bytes(8), deduplicationID: deduplicationID),
            ordinal: number(3), total: number(4), missing: number(5))
        return row.checksum == number(6) ? row : nil
    }
}
