import Broker
import EventLog
import WebSocketFraming

/// Follows what a connection's client has, for the session that the connection has.
///
/// A client need not say it: behind the events goes a ping with their place in the log, and a client's library answers it
/// only when it has read what came before (RFC 6455 §5.5.2). One ping is on its way at a time, so there are never more
/// than the client's round trips.
final class SessionTracker {
    let key: SessionKey
    fileprivate let connection: ConnectionID
    fileprivate let sessions: Sessions
    /// The place of the newest event that was sent.
    private var sent = SequenceNumber.zero
    /// The place that the ping on its way asks about.
    private var asked: SequenceNumber?
    private var reached = SequenceNumber.zero

    init(_ key: SessionKey, _ connection: ConnectionID, _ sessions: Sessions) {
        self.key = key
        self.connection = connection
        self.sessions = sessions
    }

    /// Events up to this place were queued.
    ///
    /// - Returns: the ping that goes behind them, if there is to be one.
    func sent(through place: SequenceNumber) -> FrameRun? {
        sent = max(sent, place)
        return asked == nil ? question() : nil
    }

    /// A ping was answered.
    ///
    /// - Returns: the next one, if there is to be one.
    func answered(_ payload: [UInt8]) -> FrameRun? {
        // An answer to a question that was not asked says nothing (RFC 6455 §5.5.3 allows unasked pongs).
        guard let asked, payload == Self.payload(asked) else { return nil }
        self.asked = nil
        reached = asked
        sessions.reached(asked, of: key, by: connection)
        return sent > reached ? question() : nil
    }

    private func question() -> FrameRun {
        asked = sent
        return FrameRun(FrameEncoder.frame(.ping, Self.payload(sent)), messages: 0, isDroppable: false)
    }

    private static func payload(_ place: SequenceNumber) -> [UInt8] { Array("at \(place)".utf8) }

    /// The client says that it has everything up to here.
    func acknowledged(_ place: SequenceNumber) {
        sessions.acknowledge(place, of: key, by: connection)
    }

    /// Where the session's client has come to; nil when the connection has the session no more.
    var cursor: SequenceNumber? { sessions.cursor(of: key, by: connection) }

    /// Whether events are on their way of which nobody knows that they came.
    var isAwaiting: Bool { sent > reached }

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

    /// - Parameter isReplay: whether the change names a place of the log, which the cursor goes to.
    init(_ tracker: SessionTracker, isReplay: Bool) {
        keepsCursor = tracker.isAwaiting && !isReplay
        key = tracker.key
        connection = tracker.connection
        sessions = tracker.sessions
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
