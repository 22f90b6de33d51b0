package import NIOCore

/// When a connection is idle, over its lifetime, or dead. A pure state machine over points in time.
package struct Liveness: Sendable {
    package enum Verdict: Equatable {
        case alive
        case sendPing
        /// Close with API Gateway's 1001 `Going away`.
        case expired
        /// The peer answered neither data nor ping: there is nobody to say goodbye to.
        case dead
    }

    private let opened: NIODeadline
    private var lastReceived: NIODeadline
    /// The last message in either direction; pings and pongs do not count.
    private(set) var lastMessage: NIODeadline
    private var pingSent: NIODeadline?

    package init(now: NIODeadline) {
        opened = now
        lastReceived = now
        lastMessage = now
    }

    /// Bytes came from the client.
    package mutating func received(at now: NIODeadline) {
        lastReceived = now
        pingSent = nil
    }

    /// A message came or went; of one that went it may be told later.
    package mutating func message(at time: NIODeadline) {
        lastMessage = max(lastMessage, time)
    }

    /// What to do at `now`. `.sendPing` is answered only once until something comes.
    ///
    /// - Parameter settings: the limits, which are not kept here because all connections share them.
    package mutating func check(_ settings: WebSocketSettings, at now: NIODeadline) -> Verdict {
        if let limit = settings.lifetimeLimit, now - opened >= limit { return .expired }
        if let limit = settings.idleTimeLimit, now - lastMessage >= limit { return .expired }
        guard let interval = settings.pingInterval else { return .alive }
        if let pingSent { return now - pingSent >= settings.pongTimeLimit ? .dead : .alive }
        guard now - lastReceived >= interval else { return .alive }
        pingSent = now
        return .sendPing
    }
}
