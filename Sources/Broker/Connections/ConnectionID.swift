/// The id of a connection, in API Gateway's form: `L0SM9cOFvHcCIhw=`.
package struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    private let identifier: GatewayIdentifier

    /// A new id, unforeseeable.
    package static func generate() -> ConnectionID {
        ConnectionID(identifier: .generate(kind: 0x02))
    }

    private init(identifier: GatewayIdentifier) { self.identifier = identifier }

    /// The id with this text; nil unless it is `[A-Za-z0-9_-]{15}=`. That there is such a connection is not said.
    package init?(_ text: some StringProtocol) {
        guard let identifier = GatewayIdentifier(text) else { return nil }
        self.init(identifier: identifier)
    }

    package var description: String { identifier.text }
}

/// The id of a request, as answers carry it in `requestId` and `x-amzn-RequestId`; in the form of a connection id, but
/// never equal to one.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    private let identifier: GatewayIdentifier

    /// A new id.
    package static func generate() -> RequestID {
        RequestID(identifier: .generate(kind: 0x05))
    }

    private init(identifier: GatewayIdentifier) { self.identifier = identifier }

    package var description: String { identifier.text }
}
