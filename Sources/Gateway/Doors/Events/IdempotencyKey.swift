internal import Access
internal import Broker

/// What a publisher calls a request (`Idempotency-Key`) or an entry (`DeduplicationId`), so that sending it again within
/// five minutes adds nothing and gets the first answer. With other content it is refused, as the Internet-Draft "The
/// Idempotency-Key HTTP Header Field", "Error Scenarios", wants it.
package struct IdempotencyKey: Sendable {
    private let text: String
    private let suffix: String

    /// The key of a request; nil when it has none.
    init?(_ request: GatewayRequest) throws(RequestError) {
        guard let text = request.header("idempotency-key") else { return nil }
        guard Self.isValid(text) else {
            throw .validation("Idempotency-Key is to be 1 to 255 characters of ASCII without spaces, such as a UUID.")
        }
        self.text = text
        suffix = Self.suffix(of: request)
    }

    /// What the event at this place of the request is called.
    ///
    /// - Parameter place: counted over all entries of the request.
    func deduplicationID(of place: Int) -> String { "request \(text) \(place)\(suffix)" }

    /// What an entry is called that has a `DeduplicationId` of its own.
    static func deduplicationID(ofEntry id: String, of request: GatewayRequest) throws(EntryError) -> String {
        guard isValid(id) else {
            throw .invalid(
                "DeduplicationId",
                "DeduplicationId is to be 1 to 255 characters of ASCII without spaces, such as a UUID.")
        }
        return "entry \(id)\(suffix(of: request))"
    }

    /// Whether a request or an entry may be called so.
    package static func isValid(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}

extension IdempotencyKey {
    /// Goes behind a name: publishers who sign with different keys do not share names. Is never taken for a part of the
    /// name, which has no blanks.
    ///
    /// - Parameter request: one whose signature was verified, or which needs none: what that says of itself does no harm.
    private static func suffix(of request: GatewayRequest) -> String {
        let signable = SignableRequest(method: request.method, target: request.target, headers: request.headers)
        return signable.claimedAccessKeyID.map { " \($0)" } ?? ""
    }
}
