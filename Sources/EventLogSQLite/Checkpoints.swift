internal import GRDB
internal import Logging
internal import Synchronization

/// Moves what was committed from the write-ahead log into the database, so that the former stays short.
///
/// Done by the writer between two commits, after everyone who waited for the first one has been told, instead of by
/// SQLite within a commit.
final class Checkpoints: Sendable {
    /// About so many bytes are in the write-ahead log when a checkpoint is due.
    private static let bytes = 8 << 20
    /// When readers have kept checkpoints from reaching the end for so long, the writer waits for them.
    private static let bytesMax = 64 << 20

    /// About as many bytes as were written since the last checkpoint, counted low.
    private let written = Mutex(0)

    func noteCommit(events: Int, bytes: Int) {
        // A commit writes the page of each table and index that it touches at least.
        written.withLock { $0 += bytes + events * 64 + 2 * LogFile.pageSize }
    }

    func follow(_ database: Database, logger: Logger) {
        guard written.withLock({ $0 >= Self.bytes }) else { return }
        do {
            var (frames, moved) = try database.checkpoint(.passive)
            if moved < frames, frames * LogFile.pageSize > Self.bytesMax {
                (frames, moved) = try database.checkpoint(.restart)
            }
            // When something is left, the next attempt comes soon.
            written.withLock { $0 = moved < frames ? Self.bytes * 3 / 4 : 0 }
        } catch {
            written.withLock { $0 = Self.bytes / 2 }
            logger.warning("event log made no checkpoint", metadata: ["error": "\(error)"])
        }
    }
}
