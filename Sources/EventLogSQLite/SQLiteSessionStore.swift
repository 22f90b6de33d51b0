package import EventLog
internal import Foundation
internal import GRDB
package import Logging

/// Keeps sessions in a database of its own beside a log, in the folder that the log has locked.
///
/// A file that cannot be read is moved aside, and there are no sessions: their clients begin anew. It is small and
/// written seldom; a copy would cost more than it saves.
package final class SQLiteSessionStore: SessionStore {
    private let queue: DatabaseQueue

    /// Nothing in this list is ever edited: a change of the tables is a new migration.
    private static let migrations: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("sessions") { database in
            try database.create(table: "sessions") { table in
                table.primaryKey {
                    table.column("stage", .text)
                    table.column("name", .text)
                }
                table.column("pattern", .text)
                table.column("cursor", .integer).notNull()
                table.column("isAcknowledging", .boolean).notNull()
                table.column("lastUsed", .integer).notNull()
            }
        }
        return migrator
    }()

    /// - Parameters:
    ///   - folder: that of a log which is open.
    ///   - flushing: as for the log.
    /// - Throws: `EventLogError`.
    package init(folder: String, flushing: SQLiteEventLog.Flushing, logger: Logger) throws(EventLogError) {
        let path = folder + "/sessions.sqlite"
        do {
            queue = try Self.open(path, flushing)
        } catch {
            guard OpenedLog.damage(error) != nil else { throw EventLogError(opening: folder, error) }
            logger.error("sessions could not be read and are lost", metadata: ["error": "\(error)"])
            do {
                try Self.moveAside(path)
                queue = try Self.open(path, flushing)
            } catch {
                throw EventLogError(opening: folder, error)
            }
        }
    }

    private static func open(_ path: String, _ flushing: SQLiteEventLog.Flushing) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "Sessions"
        configuration.journalMode = .wal
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = \(flushing == .full ? "FULL" : "NORMAL")")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try migrations.migrate(queue)
        // Read once as a whole, so that damage shows now.
        _ = try queue.read { try Row.fetchAll($0, sql: "SELECT * FROM sessions").count }
        return queue
    }

    private static func moveAside(_ path: String) throws {
        let time = Date.now.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
        for suffix in ["-shm", "-wal", ""] where LogFile.exists(path + suffix) {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: "\(path).damaged-\(time)\(suffix)")
        }
    }

    package func sessions() async throws -> [SessionRecord] {
        try await queue.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM sessions").map { row in
                SessionRecord(
                    key: SessionKey(stage: row["stage"], name: row["name"]), pattern: row["pattern"],
                    cursor: SequenceNumber(rawValue: UInt64(bitPattern: row["cursor"])),
                    isAcknowledging: row["isAcknowledging"], lastUsed: row["lastUsed"])
            }
        }
    }

    package func save(_ changed: [SessionRecord], deleted: [SessionKey]) async throws {
        try await queue.write { database in
            for key in deleted {
                try database.cachedStatement(sql: "DELETE FROM sessions WHERE stage = ? AND name = ?")
                    .execute(arguments: [key.stage, key.name])
            }
            let statement = try database.cachedStatement(
                sql: """
                    REPLACE INTO sessions (stage, name, pattern, cursor, isAcknowledging, lastUsed)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """)
            for record in changed {
                try statement.execute(arguments: [
                    record.key.stage, record.key.name, record.pattern, Int64(bitPattern: record.cursor.rawValue),
                    record.isAcknowledging, record.lastUsed,
                ])
            }
        }
    }

    package func close() {
        try? queue.close()
    }
}
