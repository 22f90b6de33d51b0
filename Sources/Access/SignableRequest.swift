/// What Signature Version 4 signs of an HTTP request, apart from the body.
package struct SignableRequest: Sendable {
    /// The method as sent, upper case: `POST`.
    package var method: String
    /// The request-target exactly as received or as it will be sent (RFC 9112 §3.2.1): path and query, still
    /// percent-encoded, nothing normalised.
    package var target: String
    /// All header fields in order, names in any case; repeated names stay repeated.
    package var headers: [(name: String, value: String)]

    package init(method: String, target: String, headers: [(name: String, value: String)]) {
        self.method = method
        self.target = target
        self.headers = headers
    }

    /// The value of the first field called `name` (lower case).
    func header(_ name: String) -> String? {
        headers.first { $0.name.isHeaderName(name) }?.value
    }

    /// The part of the target before the first `?`.
    var path: Substring { target[...].cut(at: UInt8(ascii: "?")).0 }

    /// The part of the target after the first `?`; empty where there is none.
    var query: Substring { target[...].cut(at: UInt8(ascii: "?")).1 ?? "" }
}

/// What is known of a request's body when its signature is made or checked.
package enum PayloadHash: Sendable {
    /// The whole body; it is hashed here.
    case bytes([UInt8])
    /// The body's SHA-256, lower-case hexadecimal, computed elsewhere.
    case hash(String)
    /// The body is not covered by the signature. A verifier then insists that the client said so, with
    /// `x-amz-content-sha256: UNSIGNED-PAYLOAD`.
    case unsigned

    /// What an unsigned body is called in place of its hash.
    package static let unsignedMarker = "UNSIGNED-PAYLOAD"

    var hexadecimal: String {
        switch self {
        case .bytes(let bytes): SHA256.hexadecimalHash(bytes)
        case .hash(let text): text
        case .unsigned: Self.unsignedMarker
        }
    }
}

/// The signing name of a service: the fourth part of a credential scope.
package struct SigningService: Hashable, Sendable {
    package let name: String

    package init(_ name: String) { self.name = name }

    /// EventBridge: PutEvents, TestEventPattern and the plain publish doors.
    package static let events = SigningService("events")
    /// API Gateway: `@connections`, and the other doors to connections.
    package static let executeAPI = SigningService("execute-api")
}
