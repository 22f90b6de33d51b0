/// The id of a connection, in API Gateway's form: `L0SM9cOFvHcCIhw=`.
package struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    private let identifier: GatewayIdentifier

    /// A new id, unforeseeable.
    package static func generate() -> ConnectionID {
        ConnectionID(
            identifier: GatewayIdentifier(
                kind: 0x02, random: (.random(in: .min ... .max), .random(in: .min ... .max))))
    }

    private init(identifier: GatewayIdentifier) { self.identifier = identifier }

    /// The id with this text; nil unless it is `[A-Za-z0-9_-]{15}=`. That there is such a connection is not said.
    package init?(_ text: some StringProtocol) {
        guard let identifier = GatewayIdentifier(text) else { return nil }
        self.init(identifier: identifier)
    }

    package var description: String { identifier.text }
}

/// Makes request ids without asking the system for each: they tell requests apart, and are no secret. Seeded by the
/// system, so that no two generators give the same.
package struct RequestIDGenerator {
    private var state = UInt64.random(in: .min ... .max)

    package init() {}

    package mutating func next() -> RequestID {
        RequestID(identifier: GatewayIdentifier(kind: 0x05, random: (bits(), UInt32(truncatingIfNeeded: bits()))))
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    private mutating func bits() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

/// The id of a request, as answers carry it in `requestId` and `x-amzn-RequestId`; in the form of a connection id, but
/// never equal to one.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    private let identifier: GatewayIdentifier

    /// A new id.
    package static func generate() -> RequestID {
        RequestID(
            identifier: GatewayIdentifier(
                kind: 0x05, random: (.random(in: .min ... .max), .random(in: .min ... .max))))
    }

    fileprivate init(identifier: GatewayIdentifier) { self.identifier = identifier }

    /// The characters of the text, in ASCII: for responses, which carry it without anybody reading it.
    package var characters: InlineArray<16, UInt8> { identifier.characters }

    package var description: String { identifier.text }
}
