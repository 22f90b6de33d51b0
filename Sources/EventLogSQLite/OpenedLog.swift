internal import EventLog
internal import GRDB
internal import Logging

/// Something in the file of a log is not as it was written.
struct LogDamage: Error {
    let reason: String
}

/// A log as it is when it has just been opened, checked, and repaired where that was needed.
struct OpenedLog {
    let pool: DatabasePool
    let checkpoints: Checkpoints
    let state: SQLiteEventLog.State
    let salvage: SalvageReport?

    init(folder: String, previousEnd: FolderLock.PreviousEnd, options: SQLiteEventLog.Options, logger: Logger) throws {
        let file = LogFile(folder: folder)
        try file.finishEarlierWork()
        if !file.exists, !LogFile.exists(file.walPath) { try file.replace { _ in } }
        // A write-ahead log is left only by an end that was not clean: somebody has taken the mark of it away.
        let isUnclean =
            switch previousEnd {
            case .clean: (LogFile.size(file.walPath) ?? 0) > 0
            // SQLite would go on before the damage, and give the numbers of what stands behind it again.
            case .killed: try !WriteAheadLog(file.walPath).isSound
            case .unknown: true
            }
        var salvage: SalvageReport?
        let sound: SoundFile
        do {
            sound = try SoundFile(file, isToBeChecked: isUnclean, options: options)
        } catch {
            guard let reason = Self.damage(opening: error) ?? (isUnclean ? nil : SoundFile.damage(file, after: error))
            else {
                throw error
            }
            salvage = try Salvage(file).run(reason: reason)
            sound = try SoundFile(file, isToBeChecked: false, options: options)
        }
        self.salvage = salvage
        pool = sound.pool

        var row = sound.row
        row.next = max(row.next, (sound.newest?.sequence ?? 0) + 1)
        if isUnclean || salvage != nil { row.next += SQLiteEventLog.skippedNumbers }
        // If nothing tells where the numbers were, no log that ever ran was faster than one event in a microsecond.
        if salvage != nil { row.next = max(row.next, options.now() * 1_000) }
        let isBegun = try sound.begin(row, options: options, logger: logger)
        checkpoints = try Checkpoints(path: file.path, logger: logger)

        let newest =
            sound.newest
            ?? LogMark(
                sequence: max(row.removed.sequence, row.next - 1), ordinal: row.removed.ordinal,
                total: row.removed.total)
        state = SQLiteEventLog.State(
            recent: EventWindow(first: SequenceNumber(rawValue: UInt64(row.next))), unremembered: newest.sequence,
            newest: newest, reached: sound.reached, removed: row.removed,
            places: sound.places,
            isAfterLoss: salvage != nil, unwritten: isBegun ? nil : row)
    }

    /// What is wrong with the file that opening it failed; nil when that has to do with something else.
    ///
    /// Our own statements have no errors: what is not the fault of the system is that of a description of the tables, or
    /// of a page in the place of another one.
    private static func damage(opening error: any Error) -> String? {
        switch error {
        case is EventLogError: return nil
        case let damage as LogDamage: return damage.reason
        case let error as DatabaseError:
            let others: [ResultCode] = [
                .SQLITE_PERM, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM, .SQLITE_READONLY, .SQLITE_IOERR,
                .SQLITE_FULL,
                .SQLITE_CANTOPEN,
            ]
            return others.contains(error.resultCode) ? nil : error.message ?? "\(error.resultCode)"
        default: return "\(error)"
        }
    }

    /// What is wrong with the file; nil for an error that tells of something else.
    static func damage(_ error: any Error) -> String? {
        switch error {
        case let damage as LogDamage: damage.reason
        case let error as DatabaseError
        where error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB:
            "\(error.message ?? "it is not a database")"
        default: nil
        }
    }
}

/// The file of a log, opened and found sound.
private struct SoundFile {
    let pool: DatabasePool
    let row: LogRow
    let places: (oldest: LogContents.Place, newest: LogContents.Place)?
    /// The newest event; nil when there is none.
    let newest: LogMark?
    /// The greatest time in an id.
    let reached: Int64

    init(_ file: LogFile, isToBeChecked: Bool, options: SQLiteEventLog.Options) throws {
        // Such files SQLite takes for new ones, or leaves out what is behind the damage without a word.
        guard let size = LogFile.size(file.path), size >= LogFile.pageSize else {
            throw LogDamage(reason: "it is cut off or missing")
        }
        if isToBeChecked { try Self.check(file) }
        pool = try DatabasePool(path: file.path, configuration: LogFile.configuration(readers: options.readers))
        do {
            if try pool.read(LogFile.migrations.hasBeenSuperseded) { throw EventLogError.newerFormat(file: file.path) }
            try LogFile.migrations.migrate(pool)
            let (row, oldest, newest) = try pool.writeWithoutTransaction { database in
                let row = try LogRow.inUse(database)
                return (row, try Self.place(database, after: row.removed.sequence), try Self.lastRun(database))
            }
            self.row = row
            places = oldest.flatMap { oldest in newest.map { (oldest, $0.place(at: $0.count - 1)) } }
            self.newest = newest?.mark
            reached = newest?.reached ?? 0
        } catch {
            try? pool.close()
            throw error
        }
    }

    /// What a look at everything finds after an error that may have another cause; nil for nothing.
    static func damage(_ file: LogFile, after error: any Error) -> String? {
        guard error is DatabaseError else { return nil }
        do {
            try check(file)
            return nil
        } catch {
            return OpenedLog.damage(error)
        }
    }

    /// Looks at every page and every row. Changes nothing: what is damaged may still be of use as it is, while a
    /// connection that could write would move the write-ahead log into the database when it is closed.
    private static func check(_ file: LogFile) throws {
        guard try WriteAheadLog(file.walPath).isSound else {
            throw LogDamage(reason: "its write-ahead log is damaged")
        }
        var configuration = LogFile.configuration(readers: 1)
        configuration.readonly = true
        let queue = try DatabaseQueue(path: file.path, configuration: configuration)
        do {
            if try queue.read(LogFile.migrations.hasBeenSuperseded) { throw EventLogError.newerFormat(file: file.path) }
            try queue.read(check)
        } catch {
            try? queue.close()
            throw error
        }
        try queue.close()
    }

    private static func check(_ database: Database) throws {
        let findings = try String.fetchAll(database, sql: "PRAGMA integrity_check(1)")
        guard findings == ["ok"] else { throw LogDamage(reason: findings.joined(separator: "; ")) }
        // The migration looks at the rows of a file of the first format.
        guard try database.tableExists("runs") else { return }
        let statement = try SQLStatement.runs(database, from: 0, isReading: true)
        defer { statement.reset() }
        while try statement.step() {
            var isSound = false
            if let run = statement.eventRun() {
                statement.withBytes(SQLStatement.runBytes) { bytes in
                    run.forEachEvent(from: 0, in: bytes) { _, event in
                        isSound = event != nil
                        return isSound
                    }
                }
            }
            guard isSound else { throw LogDamage(reason: "a row is not what was written") }
        }
    }

    private static func place(_ database: Database, after sequence: Int64) throws -> LogContents.Place? {
        let statement = try SQLStatement.runs(database, from: sequence + 1)
        defer { statement.reset() }
        while try statement.step() {
            guard let run = statement.eventRun() else { throw LogDamage(reason: "a row is not what was written") }
            let index = run.index(after: sequence)
            if index < run.count { return run.place(at: index) }
        }
        return nil
    }

    private static func lastRun(_ database: Database) throws -> EventRun? {
        let statement = try SQLStatement.runs(database, from: .max)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        guard let run = statement.eventRun() else { throw LogDamage(reason: "a row is not what was written") }
        return run
    }

    /// Writes down from which number on the log goes on, so that it is on the disk before the first of them is given.
    ///
    /// - Returns: false when there is no room for it: then the log can be read, and the writer is to do it first.
    func begin(_ row: LogRow, options: SQLiteEventLog.Options, logger: Logger) throws -> Bool {
        do {
            return try pool.writeWithoutTransaction { database in
                // The writer makes its checkpoints itself (see Checkpoints).
                try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
                defer {
                    if let pagesMax = options.pagesMax {
                        try? database.execute(sql: "PRAGMA max_page_count = \(pagesMax)")
                    }
                }
                do {
                    try row.writeDown(to: database, flushing: options.flushing)
                } catch let error as DatabaseError where error.isWantOfRoom {
                    logger.error("no room is left for the event log: it can be read, and takes no events")
                    return false
                }
                do {
                    try database.checkpoint(.truncate)
                } catch let error as DatabaseError where error.isWantOfRoom {
                    // What is in the write-ahead log is safe there, and found there.
                    logger.warning("event log made no checkpoint", metadata: ["error": "\(error)"])
                }
                return true
            }
        } catch {
            try? pool.close()
            throw error
        }
    }
}

extension LogRow {
    /// Writes it so that it is on the disk on return.
    func writeDown(to database: Database, flushing: SQLiteEventLog.Flushing) throws {
        try database.execute(sql: "PRAGMA synchronous = FULL")
        defer { try? database.execute(sql: "PRAGMA synchronous = \(flushing.rawValue)") }
        try write(to: database)
    }
}

extension DatabaseError {
    /// A write failed, nearly always because the disk is full; a quota or a limit for files looks like a failure of the
    /// disk.
    var isWantOfRoom: Bool { resultCode == .SQLITE_FULL || extendedResultCode == .SQLITE_IOERR_WRITE }
}

extension EventLogError {
    /// What an error means for whoever opens a log.
    init(opening folder: String, _ error: any Error) {
        switch error {
        case let error as EventLogError: self = error
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL: self = .diskFull
        case let error as DatabaseError:
            self = .folderUnusable(folder: folder, reason: "\(error.message ?? "\(error.resultCode)")")
        default: self = .folderUnusable(folder: folder, reason: "\(error)")
        }
    }

    /// What an error means for whoever uses a log.
    init(using error: any Error) {
        switch error {
        case let error as EventLogError: self = error
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL: self = .diskFull
        case let error as DatabaseError where error.message == "connection is closed": self = .closed
        case let error as DatabaseError: self = .storageFailed(reason: error.message ?? "\(error.resultCode)")
        default: self = .storageFailed(reason: "\(error)")
        }
    }
}
