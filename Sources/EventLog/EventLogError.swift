/// Why a log did not do what it was asked.
package enum EventLogError: Error, Hashable, Sendable {
    /// The log has been closed.
    case closed
}
