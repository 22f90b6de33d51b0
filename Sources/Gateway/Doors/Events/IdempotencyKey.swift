internal import Broker

/// What a publisher calls a request (`Idempotency-Key`) or an entry (`DeduplicationId`), so that sending it again within
/// five minutes adds nothing and gets the first answer.
struct IdempotencyKey: Sendable {
    private let text: String

    /// The key of a request; nil when it has none.
    init?(_ request: GatewayRequest) throws(RequestError) {
        guard let text = request.header("idempotency-key") else { return nil }
        guard Self.isValid(text) else {
            throw .validation("Idempotency-Key is to be 1 to 255 characters of ASCII, such as a UUID.")
        }
        self.text = text
    }

    /// What the event at this place of the request is called.
    ///
    /// - Parameter place: counted over all entries of the request.
    func deduplicationID(of place: Int) -> String { "request \(text) \(place)" }

    /// What an entry is called that has a `DeduplicationId` of its own.
    static func deduplicationID(ofEntry id: String) throws(EntryError) -> String {
        guard isValid(id) else {
            throw .invalid("DeduplicationId", "DeduplicationId is to be 1 to 255 characters of ASCII, such as a UUID.")
        }
        return "entry \(id)"
    }

    private static func isValid(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}

extension [Result<EventPublisher.Entry, EntryError>] {
    /// Gives those entries a name that have none of their own.
    ///
    /// - Parameter place: that of the first of them in the request; moved on behind the last.
    func named(by key: IdempotencyKey?, from place: inout Int) -> Self {
        guard let key else { return self }
        return map { entry in
            defer { place += 1 }
            return entry.map { entry in
                var entry = entry
                if entry.draft.deduplicationID == nil { entry.draft.deduplicationID = key.deduplicationID(of: place) }
                return entry
            }
        }
    }

    func named(by key: IdempotencyKey?) -> Self {
        var place = 0
        return named(by: key, from: &place)
    }
}
