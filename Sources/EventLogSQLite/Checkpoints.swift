internal import GRDB
internal import Logging
internal import Synchronization

/// Moves what was committed from the write-ahead log into the database, and thereby flushes it to the disk.
///
/// SQLite does so within a commit, which then takes as long as the disk wants. Here a connection of its own does the
/// most of it beside the writer, every second and whenever much has come. The write-ahead log begins anew only when
/// nothing is left in it at the start of a commit, so now and then the writer moves the rest itself, between two commits
/// and after everyone who waited for the first one has been told.
final class Checkpoints: Sendable {
    /// Pages written until the next checkpoint beside the writer: 16 MiB.
    private static let pagesBetween = (16 << 20) / LogFile.pageSize
    /// Pages in the write-ahead log when the writer moves the rest: 64 MiB.
    private static let pagesMost = (64 << 20) / LogFile.pageSize
    /// And when it waits for readers that keep it from doing so: 256 MiB.
    private static let pagesLimit = (256 << 20) / LogFile.pageSize

    private struct State {
        /// Pages that the writer has written in all; of those before `begin`, none is in the write-ahead log.
        var written = 0
        var begin = 0
        /// How many there were at the last checkpoint.
        var last = 0
        var isRunning = false
    }

    private let queue: DatabaseQueue
    private let logger: Logger
    private let state = Mutex(State())

    init(path: String, logger: Logger) throws {
        var configuration = LogFile.configuration(readers: 1)
        configuration.label = "EventLog.checkpoints"
        queue = try DatabaseQueue(path: path, configuration: configuration)
        self.logger = logger
    }

    func close() throws { try queue.close() }

    /// To be called by the writer after each commit.
    func follow(_ writer: Database) {
        let written = writer.pagesWritten
        let (begin, last, isRunning) = state.withLock { state in
            state.written = written
            return (state.begin, state.last, state.isRunning)
        }
        guard !isRunning else { return }
        if written - begin >= Self.pagesMost {
            moveRest(writer, isUrgent: written - begin >= Self.pagesLimit)
        } else if written - last >= Self.pagesBetween {
            run()
        }
    }

    /// Flushes what was committed since the last time, beside the writer.
    func run() {
        let isDue = state.withLock { state in
            guard !state.isRunning, state.written > state.last else { return false }
            state.isRunning = true
            state.last = state.written
            return true
        }
        guard isDue else { return }
        queue.asyncWriteWithoutTransaction { [self] database in
            do {
                try database.checkpoint(.passive)
            } catch {
                report(error)
            }
            state.withLock { $0.isRunning = false }
        }
    }

    /// Has the write-ahead log begin anew if that can be, so that it needs no more room than it has.
    func makeRoom(_ writer: Database) {
        guard !state.withLock({ $0.isRunning }) else { return }
        moveRest(writer, isUrgent: true)
    }

    private func moveRest(_ writer: Database, isUrgent: Bool) {
        do {
            let (pages, moved) = try writer.checkpoint(isUrgent ? .restart : .passive)
            let written = writer.pagesWritten
            state.withLock { state in
                state.last = written
                if pages == moved { state.begin = written }
            }
        } catch {
            report(error)
        }
    }

    private func report(_ error: any Error) {
        // The other connection is at it.
        if let error = error as? DatabaseError, error.resultCode == .SQLITE_BUSY { return }
        logger.warning("event log made no checkpoint", metadata: ["error": "\(error)"])
    }
}
