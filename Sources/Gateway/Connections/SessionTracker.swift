import Broker
import EventLog
import WebSocketFraming

/// Follows what a connection's client has, for the session that the connection has.
///
/// A client need not say it: behind events goes a ping with their place in the log, and a client's library answers it only
/// when it has read what came before (RFC 6455 §5.5.2). Live events have one ping on its way at a time, so there are never
/// more than the client's round trips; a replay has one every few events, so that a client which is cut off again and
/// again gets on all the same.
final class SessionTracker {
    let key: SessionKey
    fileprivate let connection: ConnectionID
    fileprivate let sessions: Sessions
    /// Which of the session's patterns the rest is about.
    private var epoch: UInt64 = 0
    /// The place of the newest event that was sent.
    private var sent = SequenceNumber.zero
    /// The places that the pings on their way ask about, ascending.
    private var asked: [SequenceNumber] = []
    private var reached = SequenceNumber.zero

    init(_ key: SessionKey, _ connection: ConnectionID, _ sessions: Sessions) {
        self.key = key
        self.connection = connection
        self.sessions = sessions
    }

    /// The connection's pattern has changed, or a replay has gone over into live events: where it has changed, everything
    /// begins anew, and answers to earlier pings say nothing any more.
    func follow() {
        let current = sessions.epoch(of: key)
        guard current != epoch else { return }
        epoch = current
        (sent, reached, asked) = (.zero, .zero, [])
    }

    /// How many bytes of a replay there are between two pings.
    static let replayBytesMax = 4 * 1024

    /// Events up to this place were queued.
    ///
    /// - Returns: the ping that goes behind them, if there is to be one.
    func sent(through place: SequenceNumber) -> FrameRun? {
        sent = max(sent, place)
        return asked.isEmpty && sent > reached ? ping(behind: sent) : nil
    }

    /// The ping that goes behind the event at this place; nil while more than enough are on their way. To be sent at once.
    func ping(behind place: SequenceNumber) -> FrameRun? {
        guard asked.count < Self.pingsMax else { return nil }
        asked.append(place)
        return FrameRun(FrameEncoder.frame(.ping, payload(place)), messages: 0, isDroppable: false)
    }

    private static let pingsMax = 64

    /// A ping was answered.
    ///
    /// - Returns: the next one, if there is to be one.
    func answered(_ payload: [UInt8]) -> FrameRun? {
        // A client may answer only the newest of several pings, and unasked (RFC 6455 §5.5.3): that says nothing.
        guard let index = asked.firstIndex(where: { payload == self.payload($0) }) else { return nil }
        reached = max(reached, asked[index])
        asked.removeSubrange(...index)
        sessions.reached(reached, in: epoch, of: key, by: connection)
        return asked.isEmpty && sent > reached ? ping(behind: sent) : nil
    }

    private func payload(_ place: SequenceNumber) -> [UInt8] { Array("at \(place) of \(epoch)".utf8) }

    /// The client says that it has everything up to here.
    func acknowledged(_ place: SequenceNumber) {
        sessions.acknowledge(place, of: key, by: connection)
    }

    /// Where the session's client has come to; nil when the connection has the session no more.
    var cursor: SequenceNumber? { sessions.cursor(of: key, by: connection) }

    /// Whether events are on their way of which nobody knows that they came.
    var isAwaiting: Bool { sent > reached || sessions.isAcknowledging(key) }

    func detach() {
        sessions.detach(key, from: connection)
    }
}

@available(*, unavailable)
extension SessionTracker: Sendable {}

/// Keeps with a session what becomes of its connection's pattern.
struct SessionNotes: Sendable {
    private let key: SessionKey
    private let connection: ConnectionID
    private let sessions: Sessions
    /// The cursor stays where it is: the client may still need what lies behind it.
    private let keepsCursor: Bool

    /// - Parameter namesPlace: whether the change names a place of the log, which the cursor goes to.
    init(_ tracker: SessionTracker, namesPlace: Bool) {
        keepsCursor = tracker.isAwaiting && !namesPlace
        key = tracker.key
        connection = tracker.connection
        sessions = tracker.sessions
    }

    /// Saves a pattern before it is acknowledged.
    ///
    /// - Parameter place: a place in the log that is not behind the one where it will hold.
    func prepare(_ pattern: String, from place: SequenceNumber) async throws(Sessions.Refusal) {
        try await sessions.prepare(pattern, from: place, of: key, by: connection)
    }

    /// - Parameter pattern: the text of the pattern that the news are about; `nil` when it is taken away.
    func note(_ news: PatternNews, pattern: String?) {
        switch news {
        case .holds(let place):
            sessions.setPattern(pattern, from: keepsCursor ? nil : place.sequence, of: key, by: connection)
        case .live: break
        case .ended: sessions.setPattern(nil, from: nil, of: key, by: connection)
        // The log may be readable again the next time.
        case .failed: break
        }
    }
}
