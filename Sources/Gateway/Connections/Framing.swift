import WebSocketFraming

/// In which form a connection gets events; fixed from its handshake on.
///
/// The bytes of an event in one form do not depend on the connection, so all connections with that form share them. What
/// a form looks like is ``EventEncoder``'s.
enum Framing: UInt8, CaseIterable, Sendable {
    /// A text frame of a WebSocket.
    case plain
    /// One that is compressed, where that makes it shorter (permessage-deflate).
    case deflated
    /// The same for a client that remembers less than ``DeflateAgreement/windowBits`` asks for.
    case deflatedSmall
    /// A server-sent event.
    case serverSentEvents
    /// A line of JSON.
    case lines

    /// The form of an HTTP response that goes on; `nil` for a WebSocket.
    var stream: EventStreamText.Form? {
        switch self {
        case .plain, .deflated, .deflatedSmall: nil
        case .serverSentEvents: .serverSentEvents
        case .lines: .lines
        }
    }

    init(_ stream: EventStreamText.Form) {
        self = stream == .lines ? .lines : .serverSentEvents
    }

    init(_ agreement: DeflateAgreement?) {
        switch agreement?.windowBits {
        case nil: self = .plain
        case DeflateAgreement.windowBits?: self = .deflated
        default: self = .deflatedSmall
        }
    }
}
