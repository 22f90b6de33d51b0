/// Why a log did not do what it was asked. The description is for the operator.
package enum EventLogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The log has been closed.
    case closed
    /// Another process has the log's folder open.
    case folderInUse(folder: String, processID: Int?)
    /// The log's folder or a file in it cannot be made, read or written.
    case folderUnusable(folder: String, reason: String)
    /// A newer version of this program has written the log.
    case newerFormat(file: String)
    /// There is no room on the disk; nothing was stored.
    case diskFull
    /// The disk or the file failed in some other way; nothing was stored, or nothing could be read.
    case storageFailed(reason: String)

    package var description: String {
        switch self {
        case .closed: "the event log is closed"
        case .folderInUse(let folder, let processID):
            "the data folder \(folder) is in use by another process"
                + (processID.map { ", whose id is \($0)" } ?? "")
                + "; stop that one, or choose another folder with --data"
        case .folderUnusable(let folder, let reason): "the data folder \(folder) cannot be used: \(reason)"
        case .newerFormat(let file):
            "\(file) was written by a newer version of lambdaless; use that one, or choose another folder with --data"
        case .diskFull: "no room is left on the disk of the event log"
        case .storageFailed(let reason): "the event log failed: \(reason)"
        }
    }
}
