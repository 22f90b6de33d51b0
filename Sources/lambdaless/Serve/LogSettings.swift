import ArgumentParser
import EventLog
import EventLogSQLite
import Logging

/// Where events are kept.
enum LogKind: String, ExpressibleByArgument, CaseIterable {
    /// In files of the data folder, also across restarts.
    case disk
    /// In memory, until the broker ends.
    case memory
}

/// Where a broker keeps its events, and for how long.
struct LogSettings: Sendable {
    var kind = LogKind.disk
    var folder = "./lambdaless-data"
    var flushing = SQLiteEventLog.Flushing.normal
    /// Nil for as long as the other limit lets them stay.
    var age: Duration? = .seconds(7 * 86_400)
    /// Nil for what suits the kind of log.
    var bytes: Int?

    /// - Throws: `ValidationError` for settings of which one says that another does nothing.
    func check() throws {
        if kind == .memory, flushing == .full {
            throw ValidationError("--fsync full is for a log on disk, and --log memory writes nothing there")
        }
    }

    /// Opens the log.
    ///
    /// - Throws: `EventLogError`.
    func open(logger: Logger) throws -> any EventLog {
        switch kind {
        case .memory:
            var limits = MemoryEventLog.Limits(events: .max, age: age)
            limits.bytes = bytes ?? limits.bytes
            return MemoryEventLog(limits: limits)
        case .disk:
            var options = SQLiteEventLog.Options()
            options.flushing = flushing
            options.age = age
            options.bytes = bytes ?? options.bytes
            let log = try SQLiteEventLog(folder: folder, options: options, logger: logger)
            if let report = log.salvage {
                logger.error("event log was damaged", metadata: ["log.salvage": "\(report)"])
            }
            return log
        }
    }
}

extension LogSettings {
    /// Opens the store of the sessions, which is beside the log and open no longer than it.
    ///
    /// - Throws: `EventLogError`.
    func openSessions(logger: Logger) throws(EventLogError) -> any SessionStore {
        switch kind {
        case .memory: NoSessionStore()
        case .disk: try SQLiteSessionStore(folder: folder, flushing: flushing, logger: logger)
        }
    }
}

extension SQLiteEventLog.Flushing: ExpressibleByArgument {}
