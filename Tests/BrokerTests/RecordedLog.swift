import Logging
import Synchronization

/// Keeps what is logged, for tests that look at it.
final class RecordedLog: Sendable {
    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.entries.withLock { $0.append((event.level, event.message.description)) }
        }
    }

    private let entries = Mutex<[(level: Logger.Level, message: String)]>([])

    var levels: [Logger.Level] { entries.withLock { $0.map(\.level) } }
    var messages: [String] { entries.withLock { $0.map(\.message) } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }
}
