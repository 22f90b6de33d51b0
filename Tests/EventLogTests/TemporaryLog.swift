import EventLog
import EventLogSQLite
import Foundation
import GRDB
import Logging

/// A folder that goes away with this object.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "lambdaless-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A log on disk in a folder that goes away with it.
final class TemporaryLog: EventLog {
    let folder: TemporaryFolder
    let log: SQLiteEventLog

    init(options: SQLiteEventLog.Options = .init(), in folder: TemporaryFolder? = nil) throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        log = try SQLiteEventLog(folder: folder.path, options: options, logger: quietLogger)
    }

    func append(_ events: [Event]) async throws -> [SequenceNumber] { try await log.append(events) }
    func read(after sequence: SequenceNumber, maxEvents: Int, maxBytes: Int) async throws -> LogSlice {
        try await log.read(after: sequence, maxEvents: maxEvents, maxBytes: maxBytes)
    }
    func head() -> SequenceNumber { log.head() }
    func oldest() -> SequenceNumber? { log.oldest() }
    func place(of id: EventID) async throws -> SequenceNumber? { try await log.place(of: id) }
    func place(before time: Int64) async throws -> SequenceNumber { try await log.place(before: time) }
    func count(after sequence: SequenceNumber) async throws -> Int { try await log.count(after: sequence) }
    func contents() -> LogContents? { log.contents() }
    func close() async { await log.close() }
    func tail() -> AsyncStream<SequenceNumber> { log.tail() }
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs a statement on a database that nobody has open.
func sqlite(_ path: String, _ sql: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
}
