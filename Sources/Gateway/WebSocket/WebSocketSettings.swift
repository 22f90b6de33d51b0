package import NIOCore

/// Limits and times of one WebSocket connection.
package struct WebSocketSettings: Hashable, Sendable {
    /// The longest message a client may send, in bytes; beyond it the connection is closed with 1009.
    package var messageBytesMax: Int
    /// The longest payload of one frame, in bytes; beyond it the connection is closed with 1009.
    package var frameBytesMax: Int
    /// How many bytes may wait for one client that does not read as fast as it is sent to.
    package var outboundQueueBytesMax: Int
    /// What happens to a client for which more would wait.
    package var slowConsumerPolicy = SlowConsumerPolicy.close
    /// Closes a connection (1001) on which no message went either way for this long; `nil`: never.
    package var idleTimeLimit: TimeAmount?
    /// Closes a connection (1001) this long after its start; `nil`: never.
    package var lifetimeLimit: TimeAmount?
    /// Sends a ping to a client from which nothing came for this long; `nil`: never.
    package var pingInterval: TimeAmount?
    /// How long after such a ping a client that stays silent is taken for dead.
    package var pongTimeLimit: TimeAmount
    /// How long to wait for the other side of the closing handshake.
    package var closeTimeLimit: TimeAmount
    /// How long a client that was closed for being slow may take to read up to its close frame, which stands behind all
    /// that the kernel holds for it.
    package var slowCloseTimeLimit = TimeAmount.seconds(30)
    /// Whether binary messages are taken; otherwise they close the connection with 1003.
    package var acceptsBinary = false

    /// What suits a self-hosted broker: API Gateway's message limit, and none of its other ones.
    package static let standard = WebSocketSettings(
        messageBytesMax: 128 * 1024, frameBytesMax: 128 * 1024, outboundQueueBytesMax: 16 * 1024 * 1024,
        idleTimeLimit: nil, lifetimeLimit: nil, pingInterval: .seconds(30), pongTimeLimit: .seconds(20),
        closeTimeLimit: .seconds(5))

    /// API Gateway's quotas for WebSocket APIs: frames of 32 KB, 10 minutes idle, 2 hours in all, no pings.
    package static let aws = WebSocketSettings(
        messageBytesMax: 128 * 1024, frameBytesMax: 32 * 1024, outboundQueueBytesMax: 16 * 1024 * 1024,
        idleTimeLimit: .minutes(10), lifetimeLimit: .hours(2), pingInterval: nil, pongTimeLimit: .seconds(20),
        closeTimeLimit: .seconds(5))
}

/// What happens to a client that does not keep up, once the bytes that may wait for it are reached.
package enum SlowConsumerPolicy: String, CaseIterable, Sendable {
    /// It is closed with 4008, so that it reconnects.
    case close
    /// The oldest waiting events are dropped, and a gap notice says how many.
    case dropOldest = "drop-oldest"
}
