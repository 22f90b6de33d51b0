/// How a command ends. Wrong usage ends with 64, which is ArgumentParser's.
enum ExitStatus: Int32, Error {
    /// Yes, done, matched.
    case success = 0
    /// No: nothing matched, an entry was refused, the connection is gone, events have left the broker's log.
    case negative = 1
    /// It could not be found out or done: bad input, no broker, a refused request.
    case failure = 2
}

/// What ends a command early: a sentence for stderr, and how the process exits.
struct CommandFailure: Error, CustomStringConvertible {
    let message: String
    let status: ExitStatus

    init(_ message: String, status: ExitStatus = .failure) {
        self.message = message
        self.status = status
    }

    var description: String { message }
}
