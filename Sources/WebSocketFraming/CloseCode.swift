/// A WebSocket close code (RFC 6455 §7.4) with the reason that goes with it in the close frame.
///
/// Every close frame that the gateway begins is one of the constants below, so this file is the table of them:
///
/// | code | reason | when |
/// |---|---|---|
/// | 1000 | `Disconnected` | `DELETE /{stage}/@connections/{id}` |
/// | 1001 | `Going away` | shutdown of the server; idle or lifetime limit reached (API Gateway's code and reason) |
/// | 1002 | what was violated | the client broke RFC 6455 |
/// | 1003 | `Binary messages are not supported` | a binary message on a stage (API Gateway's code) |
/// | 1007 | what was violated | text that is not UTF-8, or a compressed message that cannot be read |
/// | 1009 | the limit and its name | message or frame over its limit (API Gateway's code) |
/// | 1013 | `Too many sessions` | the connection named a new session and there is no room for one |
/// | 4008 | `Slow consumer: …` | more waits for this client than the outbound queue may hold |
/// | 4009 | `Session taken over …` | another connection named the same session, or the session was deleted |
///
/// The client's own code is echoed when the client closes first (RFC 6455 §5.5.1).
package struct CloseCode: Hashable, Sendable {
    package let code: UInt16
    /// UTF-8 text of at most 123 bytes: a control frame has room for 125, two of them are the code.
    package let reason: String

    package init(_ code: UInt16, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package static let disconnected = CloseCode(1000, "Disconnected")
    package static let tooManySessions = CloseCode(1013, "Too many sessions")
    package static let sessionEnded = CloseCode(4009, "Session taken over by another connection, or deleted")
    package static let goingAway = CloseCode(1001, "Going away")
    package static let binaryNotSupported = CloseCode(1003, "Binary messages are not supported")

    static let notUTF8 = invalidText("A text message must be UTF-8")
    static let endsWithinCharacter = invalidText("A text message ends within a UTF-8 character")
    static let notDeflated = CloseCode(1007, "A compressed message must be in the format of RFC 1951")

    package static func protocolViolation(_ what: String) -> CloseCode { CloseCode(1002, what) }
    package static func invalidText(_ what: String) -> CloseCode { CloseCode(1007, what) }
    package static func messageTooLong(limit: Int) -> CloseCode {
        CloseCode(1009, "Message is longer than \(limit) bytes (message limit)")
    }
    package static func frameTooLong(limit: Int) -> CloseCode {
        CloseCode(1009, "Frame is longer than \(limit) bytes (frame limit)")
    }
    package static func slowConsumer(limit: Int) -> CloseCode {
        CloseCode(
            4008, "Slow consumer: over \(limit) bytes were waiting (outbound queue limit); reconnect and resume")
    }

    /// Whether a peer may send `code` in a close frame: the codes that RFC 6455 §7.4 and its IANA registry define for
    /// the wire, and the ranges for libraries and applications.
    package static func mayBeSent(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
