/// Which part of the closing handshake (RFC 6455 §7) a connection has reached, from the server's side.
///
/// A pure state machine: it says what to do, the handler does it.
package struct CloseHandshake: Sendable {
    package enum Action: Equatable {
        case none
        /// Send this close frame, then wait for the client's.
        case sendAndAwait(CloseCode)
        /// Send this close frame, end our half of the TCP connection, read and discard until the client ends its own.
        ///
        /// A socket that is closed while bytes of the client are unread resets the connection, and the reset destroys
        /// the close frame on its way: the client would never learn the code.
        case sendAndDiscard(CloseCode)
        /// Send the same code back (`nil`: an empty close frame), then close the TCP connection.
        case sendAndClose(CloseCode?)
        /// The handshake is complete: close the TCP connection.
        case closeSocket
    }

    private enum State { case open, sent, finished }

    private var state = State.open

    package init() {}

    /// Whether data may still be sent: nothing follows a close frame.
    package var isOpen: Bool { state == .open }

    /// The server wants to close.
    package mutating func close(_ code: CloseCode) -> Action {
        guard state == .open else { return .none }
        state = .sent
        return .sendAndAwait(code)
    }

    /// The server wants to close, and expects no more sense of the client: it broke the protocol, or does not read.
    package mutating func fail(_ code: CloseCode) -> Action {
        switch state {
        case .open:
            state = .finished
            return .sendAndDiscard(code)
        case .sent:
            state = .finished
            return .closeSocket
        case .finished:
            return .none
        }
    }

    /// The client's close frame has come.
    package mutating func received(_ code: CloseCode?) -> Action {
        switch state {
        case .open:
            state = .finished
            return .sendAndClose(code)
        case .sent:
            state = .finished
            return .closeSocket
        case .finished:
            return .none
        }
    }
}
