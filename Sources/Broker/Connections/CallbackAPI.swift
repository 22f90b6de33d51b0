package import EventLog
package import PatternIndex

/// The callback API: everything that reaches a connection goes through it, the `@connections` calls of clients as well
/// as the fan-out of a bus.
///
/// A bus calls `deliver`, `bind`, `beginReplay` and `endReplay` one after the other, never at the same time. Each connection
/// must see their effects in that order.
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
    func deliver(_ batch: DeliveryBatch) async

    /// Tells every connection that is bound to a pattern that events may be missing before the next ones.
    func tellGap() async

    /// Stores the connection's pattern from here on, and ends what replay it had: the answer to what its client asked for.
    /// A connection that is no longer there is no fault.
    ///
    /// - Parameters:
    ///   - pattern: the id under which `deliver` will speak of it; nil for none.
    ///   - text: the pattern's text, for `ConnectionStatus`.
    ///   - acknowledgement: sent as one text message, after the events of earlier batches and before those of later.
    func bind(_ connection: ConnectionID, to pattern: PatternID?, text: String?, acknowledgement: [UInt8]?) async

    /// The connection's pattern is replayed from here on, as its client asked for: it is bound to none, and gets what
    /// `replay` gives it under the same id, until the next `bind`, `beginReplay` or `endReplay`.
    ///
    /// - Parameters:
    ///   - text: the pattern's text, for `ConnectionStatus`.
    ///   - limit: how many events there will be at most; nil for any number.
    ///   - acknowledgement: sent as in `bind`.
    func beginReplay(
        _ id: ReplayID, of text: String, limit: Int?, to connection: ConnectionID, acknowledgement: [UInt8]?) async

    /// The connection's replay has come to its end. What its client asks for meanwhile is still to be answered.
    ///
    /// - Parameters:
    ///   - pattern: what the connection is bound to from here on, as in `bind`.
    ///   - missed: the last events of the replay, which the connection gets before those of later batches.
    ///   - acknowledgement: sent as in `bind`, after `missed`.
    func endReplay(
        of connection: ConnectionID, boundTo pattern: PatternID?, text: String?, missed: [LoggedEvent],
        acknowledgement: [UInt8]?) async

    /// Hands over events of the past for one connection. Returns when the connection has taken them, and little or
    /// nothing waits for it: this is where a slow client holds its own replay back. Unlike `deliver` and `bind` it may be
    /// called at any time.
    ///
    /// - Parameter behindGap: events before these have left the log unseen, of which the client is told.
    /// - Returns: false when the replay is over for the connection, or the connection is gone; nothing is sent then.
    func replay(_ events: [LoggedEvent], behindGap: Bool, to connection: ConnectionID, as id: ReplayID) async -> Bool
}

extension CallbackAPI {
    func replay(_ events: [LoggedEvent], to connection: ConnectionID, as id: ReplayID) async -> Bool {
        await replay(events, behindGap: false, to: connection, as: id)
    }
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

/// Events that match patterns, in the order of the log.
package struct DeliveryBatch: Sendable {
    package private(set) var events: [LoggedEvent] = []
    package private(set) var matches = DeliveryMatches()

    package init() {}

    package var isEmpty: Bool { events.isEmpty }

    /// Appends `event`, unless no pattern matches it.
    ///
    /// - Parameter match: appends the ids of all patterns that do, ascending.
    package mutating func append<Fault>(
        _ event: LoggedEvent, _ match: (inout [PatternID]) throws(Fault) -> Void
    ) throws(Fault) {
        if try matches.append(match) { events.append(event) }
    }
}

/// Which patterns match the events of a batch: one list for all of them.
package struct DeliveryMatches: Sendable {
    private var patterns: [PatternID] = []
    /// Where the patterns of each event end.
    private var ends: [Int] = []

    /// How many events.
    package var count: Int { ends.count }

    /// The patterns of the event at `index`, at least one.
    package subscript(index: Int) -> ArraySlice<PatternID> {
        patterns[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// - Returns: whether there are any.
    fileprivate mutating func append<Fault>(_ match: (inout [PatternID]) throws(Fault) -> Void) throws(Fault) -> Bool {
        let start = ends.last ?? 0
        do throws(Fault) {
            try match(&patterns)
        } catch {
            patterns.removeSubrange(start...)
            throw error
        }
        guard patterns.count > start else { return false }
        ends.append(patterns.count)
        return true
    }
}
