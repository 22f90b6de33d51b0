internal import EventLog
internal import Foundation
internal import GRDB

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The database file of a log and those beside it: where they are, what is in them, and how a new one takes its place.
///
/// A new file is written aside and takes its name when it is complete, so `events.sqlite` is never a half of one:
/// `events.sqlite.new` may be incomplete and is thrown away at the next start; `events.sqlite.saved` is complete, and the
/// next start finishes what was begun.
struct LogFile {
    let folder: String

    /// Larger than SQLite's 4,096, because most rows then fit a page without waste and a commit of many events makes
    /// fewer of them.
    static let pageSize = 8_192

    var path: String { folder + "/events.sqlite" }
    var walPath: String { path + "-wal" }
    private var newPath: String { path + ".new" }
    private var savedPath: String { path + ".saved" }

    var exists: Bool { Self.exists(path) }

    /// Nothing in this list is ever edited: a change of the tables is a new migration.
    static let migrations: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("events") { database in
            try database.execute(
                sql: """
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
                    """)
            try LogRow().write(to: database)
        }
        // An event that shares a row with others costs half as much. There is no index: it would cost a commit of one
        // event a third more (see RunSearch).
        migrator.registerMigration("runs") { database in
            try database.execute(
                sql: """
                    CREATE TABLE runs (
                        sequence INTEGER PRIMARY KEY,
                        events INTEGER NOT NULL,
                        least INTEGER NOT NULL,
                        reached INTEGER NOT NULL,
                        ordinal INTEGER NOT NULL,
                        total INTEGER NOT NULL,
                        missing INTEGER NOT NULL,
                        checksum INTEGER NOT NULL,
                        entries BLOB NOT NULL,
                        bytes BLOB NOT NULL
                    )
                    """)
            try packEvents(database)
            try database.execute(sql: "DROP TABLE events")
        }
        return migrator
    }()

    /// Moves the events of a file of the first format into runs, all in one transaction: as much room again is needed,
    /// and given back bit by bit. About as fast as appending 1,000 at a time.
    ///
    /// - Throws: `LogDamage`, for which the file is saved as any damaged one.
    private static func packEvents(_ database: Database) throws {
        let statement = try SQLStatement.readingEvents(database)
        defer { statement.reset() }
        var writer = try RunWriter(database, after: LogRow.inUse(database).removed)
        while try statement.step() {
            guard let row = statement.eventRow() else { throw LogDamage(reason: "a row is not what was written") }
            try writer.add(row.event, at: row.sequence, missing: row.missing)
        }
        try writer.finish()
    }

    static func configuration(readers: Int) -> Configuration {
        var configuration = Configuration()
        configuration.label = "EventLog"
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // Debian's SQLite overwrites what is deleted unless told otherwise.
            try database.execute(sql: "PRAGMA secure_delete = OFF; PRAGMA cache_size = -16384")
        }
        return configuration
    }

    /// Ends what an earlier process was in the midst of.
    func finishEarlierWork() throws(EventLogError) {
        try remove(newPath)
        guard Self.exists(savedPath) else { return }
        try moveSavedIntoPlace()
    }

    /// Writes a new file, and puts it in the place of the old one, which is moved aside.
    ///
    /// - Parameter fill: fills the tables; the rest is done.
    /// - Returns: where the old file is now; nil when there was none.
    @discardableResult
    func replace(fill: (Database) throws -> Void) throws -> String? {
        try remove(newPath)
        do {
            var configuration = Self.configuration(readers: 1)
            configuration.prepareDatabase { database in
                // Nobody needs the file unless it becomes complete: it is flushed once, at the end.
                try database.execute(
                    sql: """
                        PRAGMA page_size = \(Self.pageSize); PRAGMA auto_vacuum = INCREMENTAL;
                        PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF
                        """)
            }
            let queue = try DatabaseQueue(path: newPath, configuration: configuration)
            try Self.migrations.migrate(queue)
            try queue.writeWithoutTransaction(fill)
            try queue.close()
        }
        try flush(newPath)
        try rename(newPath, savedPath)
        return try moveSavedIntoPlace()
    }

    @discardableResult
    private func moveSavedIntoPlace() throws(EventLogError) -> String? {
        // The write-ahead log goes first: beside another database it would be applied to it.
        let aside = Self.exists(path) || Self.exists(walPath) ? nameAside() : nil
        if let aside {
            if Self.size(walPath) == 0 { try remove(walPath) }
            if Self.exists(walPath) { try rename(walPath, aside + "-wal") }
            if exists { try rename(path, aside) }
            // Only an index of the write-ahead log, made anew by whoever opens it.
            try remove(path + "-shm")
        }
        try rename(savedPath, path)
        return aside
    }

    /// `events.sqlite.damaged-20261126T090000Z`, or with a number behind where that exists.
    private func nameAside() -> String {
        let time = Date.now.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
        let name = "\(path).damaged-\(time)"
        var (candidate, number) = (name, 1)
        while Self.exists(candidate) || Self.exists(candidate + "-wal") {
            number += 1
            candidate = "\(name)-\(number)"
        }
        return candidate
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// The length of a file in bytes; nil when there is none.
    static func size(_ path: String) -> Int? {
        var status = stat()
        // The call writes the one structure, which lives until it returns.
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    private func remove(_ path: String) throws(EventLogError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw .folderUnusable(folder: folder, reason: "\(path) cannot be removed: \(lastSystemError())")
        }
    }

    private func rename(_ old: String, _ new: String) throws(EventLogError) {
        #if canImport(Glibc)
            let isDone = unsafe Glibc.rename(old, new) == 0
        #elseif canImport(Musl)
            let isDone = unsafe Musl.rename(old, new) == 0
        #else
            let isDone = unsafe Darwin.rename(old, new) == 0
        #endif
        guard isDone else {
            throw .folderUnusable(folder: folder, reason: "\(old) cannot be renamed: \(lastSystemError())")
        }
        try flush(folder)
    }

    /// Makes a file, or the names in a folder, survive a power loss.
    private func flush(_ path: String) throws(EventLogError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { _ = close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw .folderUnusable(folder: folder, reason: "\(path) cannot be flushed: \(lastSystemError())")
        }
    }
}

extension LogRow {
    static func read(from database: Database) throws -> LogRow? {
        let statement = try SQLStatement(
            database, "SELECT next, removed_sequence, removed_ordinal, removed_total, checksum FROM log")
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        let row = LogRow(
            next: statement.number(0),
            removed: LogMark(
                sequence: statement.number(1), ordinal: statement.number(2), total: statement.number(3)))
        return row.checksum == statement.number(4) ? row : nil
    }

    /// The row of a log that is open.
    static func inUse(_ database: Database) throws -> LogRow {
        guard let row = try read(from: database) else { throw LogDamage(reason: "its own row is damaged") }
        return row
    }

    func write(to database: Database) throws {
        let statement = try SQLStatement(
            database,
            """
            REPLACE INTO log (one, next, removed_sequence, removed_ordinal, removed_total, checksum)
            VALUES (1, ?, ?, ?, ?, ?)
            """)
        for (place, number) in [next, removed.sequence, removed.ordinal, removed.total, checksum].enumerated() {
            statement.bind(number, at: Int32(place + 1))
        }
        try statement.run()
    }
}
