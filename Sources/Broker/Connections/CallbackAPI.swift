package import EventLog
package import PatternIndex

/// The callback API: everything that reaches a connection goes through it, the `@connections` calls of clients as well
/// as the fan-out of a bus.
///
/// A bus calls `deliver` and `bind` one after the other, never at the same time. Each connection must see their effects
/// in that order.
package protocol CallbackAPI: Sendable {
    /// Sends a text message to a connection.
    ///
    /// - Parameter stage: where the connection must be; nil takes any stage.
    func post(_ message: [UInt8], to connection: ConnectionID, stage: String?) async throws(CallbackError)

    /// What is known of a connection.
    func status(of connection: ConnectionID, stage: String?) async throws(CallbackError) -> ConnectionStatus

    /// Closes a connection.
    func disconnect(_ connection: ConnectionID, stage: String?) async throws(CallbackError)

    /// What is known of every open connection.
    func connections() async -> [ConnectionStatus]

    /// Hands over events in the order of the log, each with the ids of all patterns that match it. They go to the
    /// connections that are bound to one of the ids at that moment, each event once.
    ///
    /// Waiting here holds the bus back, and through it the publishers: wait only to keep what is handed over and not
    /// yet queued for connections within a limit, never for one slow connection.
    func deliver(_ batch: [DeliveryItem]) async

    /// Stores the connection's pattern from here on. A connection that is no longer there is no fault.
    ///
    /// - Parameters:
    ///   - pattern: the id under which `deliver` will speak of it; nil for none.
    ///   - text: the pattern's text, for `ConnectionStatus`.
    ///   - acknowledgement: sent as one text message, after the events of earlier batches and before those of later.
    func bind(_ connection: ConnectionID, to pattern: PatternID?, text: String?, acknowledgement: [UInt8]?) async
}

/// Why a call of the callback API was refused.
package enum CallbackError: Error, Hashable, Sendable {
    /// There is no such connection, or no longer.
    case gone
    /// The message is larger than `limit` bytes.
    case payloadTooLarge(limit: Int)
    /// What waits for the connection has reached its limit.
    case bufferFull
    /// The message is not UTF-8, which a text message must be.
    case notText
}

/// An event and the patterns that match it.
package struct DeliveryItem: Sendable {
    package let event: LoggedEvent
    /// The ids of all matching patterns, ascending, at least one.
    package let patterns: [PatternID]

    package init(event: LoggedEvent, patterns: [PatternID]) {
        self.event = event
        self.patterns = patterns
    }
}
