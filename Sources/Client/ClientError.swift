/// What keeps a client from an answer, in words for the person who asked.
package struct ClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a caller may want to act on.
    package enum Kind: Sendable {
        /// The endpoint cannot be used as it is given; asking again changes nothing.
        case badEndpoint
        /// Nobody answered; another time somebody may.
        case unreachable
        /// The connection ended before the answer was there.
        case interrupted
        /// The server answered with something that the protocol does not allow.
        case badAnswer
    }

    package let kind: Kind
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
