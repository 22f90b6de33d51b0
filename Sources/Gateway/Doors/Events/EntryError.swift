internal import JSONText

/// Why one entry was not published, under the names that PutEvents gives to such errors (API reference,
/// `PutEventsResultEntry`); `MalformedEvent` is ours, for texts that EventBridge never gets to see.
struct EntryError: Error, Hashable, Sendable {
    let code: String
    let message: String
    /// Whether trying again without a change may succeed.
    var isRetryable = false

    static func required(_ name: String) -> EntryError {
        EntryError(
            code: "InvalidArgument", message: "Parameter \(name) is not valid. Reason: \(name) is a required argument.")
    }

    static func invalid(_ name: String, _ reason: String) -> EntryError {
        EntryError(code: "InvalidArgument", message: "Parameter \(name) is not valid. Reason: \(reason)")
    }

    static let notAuthorizedForSource = EntryError(
        code: "NotAuthorizedForSourceException", message: "Not authorized for the source.")

    /// - Parameter reason: what is wrong and where; EventBridge says nothing.
    static func malformedDetail(_ reason: String? = nil) -> EntryError {
        EntryError(
            code: "MalformedDetail", message: reason.map { "Detail is malformed: \($0)" } ?? "Detail is malformed.")
    }

    static func malformedEvent(_ reason: String) -> EntryError {
        EntryError(code: "MalformedEvent", message: reason)
    }

    static func tooLarge(bytes: Int, limit: Int) -> EntryError {
        EntryError(
            code: "ValidationException",
            message:
                "The event has \(bytes) bytes, which is over the limit of \(limit); make the event smaller.")
    }

    /// Named as EC2 names the same (API reference, "Ensuring idempotency").
    static let nameStandsForOtherContent = EntryError(
        code: "IdempotentParameterMismatch",
        message: "The DeduplicationId stands for an event of other content, published within the last five minutes; "
            + "give a new event a new one.")

    static let internalFailure = EntryError(
        code: "InternalFailure", message: "The event could not be stored; try again.", isRetryable: true)
}

/// A request that is refused as a whole.
struct RequestError: Error, Hashable, Sendable {
    var status = 400
    let type: String
    let message: String

    static func validation(_ message: String) -> RequestError {
        RequestError(type: "ValidationException", message: message)
    }

    /// `N validation error(s) detected: …`, as EventBridge words broken constraints.
    static func constraints(_ broken: [(value: String?, name: String, constraint: String)]) -> RequestError {
        let errors = broken.map { error in
            let value = error.value.map { "'\($0)'" } ?? "null"
            return "Value \(value) at '\(error.name)' failed to satisfy constraint: Member must \(error.constraint)"
        }
        return validation(
            "\(broken.count) validation error\(broken.count == 1 ? "" : "s") detected: "
                + errors.joined(separator: "; "))
    }

    static func serialization(_ message: String) -> RequestError {
        RequestError(type: "SerializationException", message: message)
    }

    /// - Parameter hint: what the body should be.
    static func notJSON(_ error: JSONSyntaxError, hint: String? = nil) -> RequestError {
        serialization("The body is not JSON: \(error.description).\(hint.map { " " + $0 } ?? "")")
    }

    /// - Parameter event: which one, from 1.
    static func keyStandsForOtherContent(event: Int) -> RequestError {
        RequestError(
            status: 422, type: "IdempotentParameterMismatchException",
            message: "The Idempotency-Key stands for a request of other content, made within the last five minutes: "
                + "event \(event) is not the one of that request. Give a new request a new key.")
    }

    /// The error in the form of AWS JSON 1.1: the type in the body and, for those who look there, in a header.
    var response: GatewayResponse {
        var body = Array(#"{"__type":"#.utf8)
        JSONWriter.appendString(type.utf8, to: &body)
        body.append(contentsOf: #","message":"#.utf8)
        JSONWriter.appendString(message.utf8, to: &body)
        body.append(UInt8(ascii: "}"))
        return GatewayResponse(
            status: status, headers: [("Content-Type", AWSEventsDoor.contentType), ("x-amzn-ErrorType", type)],
            body: body)
    }
}
