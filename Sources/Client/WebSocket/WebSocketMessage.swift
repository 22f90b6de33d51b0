/// What a broker says over a WebSocket.
package enum WebSocketMessage: Hashable, Sendable {
    /// A text message, whole.
    case text([UInt8])
    /// A binary message, whole. Brokers send none.
    case binary([UInt8])
    /// The broker closed the connection (RFC 6455 §7.1.5): the code, 1005 where it gave none, and the reason.
    case close(code: Int, reason: String)
}
