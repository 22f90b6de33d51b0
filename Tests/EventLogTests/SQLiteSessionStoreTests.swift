import EventLog
import EventLogSQLite
import Foundation
import Testing

@Suite("Sessions on disk")
struct SQLiteSessionStoreTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open() throws -> SQLiteSessionStore {
        try SQLiteSessionStore(folder: folder.path, flushing: .normal, logger: quietLogger)
    }

    private func record(_ name: String, cursor: UInt64, pattern: String? = nil) -> SessionRecord {
        SessionRecord(
            key: SessionKey(stage: "dev", name: name), pattern: pattern, cursor: SequenceNumber(rawValue: cursor),
            isAcknowledging: cursor % 2 == 0, lastUsed: Int64(clamping: cursor))
    }

    @Test("What was saved is there for the next process, and what was deleted is not")
    func kept() async throws {
        let first = try open()
        #expect(try await first.sessions().isEmpty)
        let a = record("a", cursor: 1, pattern: #"{"x":["\u{1F600}"]}"#)
        try await first.save([a, record("b", cursor: 2), record("c", cursor: .max)], deleted: [])
        try await first.save([record("b", cursor: 4)], deleted: [SessionKey(stage: "dev", name: "c")])
        first.close()
        let sessions = try await open().sessions().sorted { $0.key < $1.key }
        #expect(sessions == [a, record("b", cursor: 4)])
    }

    @Test("A damaged file is moved aside, and sessions begin anew")
    func damaged() async throws {
        let first = try open()
        try await first.save([record("a", cursor: 1)], deleted: [])
        first.close()
        let path = folder.path + "/sessions.sqlite"
        try Data("no database, certainly not".utf8).write(to: URL(filePath: path))
        let second = try open()
        #expect(try await second.sessions().isEmpty)
        try await second.save([record("b", cursor: 2)], deleted: [])
        second.close()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.contains { $0.hasPrefix("sessions.sqlite.damaged-") })
        #expect(try await open().sessions() == [record("b", cursor: 2)])
    }
}
