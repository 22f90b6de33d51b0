/// The id of a connection, in API Gateway's form: `L0SM9cOFvHcCIhw=`.
package struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    private let identifier: GatewayIdentifier

    /// A new id, unforeseeable.
    package static func generate() -> ConnectionID {
        var system = SystemRandomNumberGenerator()
        return ConnectionID(identifier: .generate(kind: 0x02, using: &system))
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
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        /// SplitMix64 (Steele, Lea, Flood 2014).
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
    }

    private var source = SplitMix(state: .random(in: .min ... .max))

    package init() {}

    package mutating func next() -> RequestID { RequestID.generate(using: &source) }
}

/// The id of a request, as answers carry it in `requestId` and `x-amzn-RequestId`; in the form of a connection id, but
/// never equal to one.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    private let identifier: GatewayIdentifier

    /// A new id.
    package static func generate() -> RequestID {
        var system = SystemRandomNumberGenerator()
        return generate(using: &system)
    }

    static func generate(using source: inout some RandomNumberGenerator) -> RequestID {
        RequestID(identifier: .generate(kind: 0x05, using: &source))
    }

    private init(identifier: GatewayIdentifier) { self.identifier = identifier }

    package var description: String { identifier.text }
}
