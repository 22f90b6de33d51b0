import Access
import Client
import JSONDocument

/// One event as PutEvents takes it.
struct Entry {
    let source: String
    let detailType: String
    /// A JSON object.
    let detail: String
    let resources: [String]
    /// RFC 3339.
    let time: String?
    let bus: String?

    private var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("Source", .string(source)), .init("DetailType", .string(detailType)),
            .init("Detail", .string(detail)),
        ]
        if !resources.isEmpty { members.append(.init("Resources", .array(resources.map(JSONValue.string)))) }
        if let time { members.append(.init("Time", .string(time))) }
        if let bus { members.append(.init("EventBusName", .string(bus))) }
        return .object(members)
    }

    /// Publishes it with PutEvents and prints its id.
    /// - Throws: ``CommandFailure``, with status `negative` where the broker does not take it.
    func publish(to broker: RemoteBroker, _ format: OutputFormat) async throws {
        let body: JSONValue = ["Entries": [json]]
        let request = HTTPRequest(
            "POST", broker.http.endpoint.path.isEmpty ? "/" : broker.http.endpoint.path,
            headers: [
                ("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "AWSEvents.PutEvents"),
            ],
            body: body.serialized(), service: .events)
        let answer = try JSONValue(answer: try await broker.answer(to: request))
        guard let result = answer["Entries"]?.array?.first.flatMap(EntryResult.init) else {
            throw CommandFailure("the answer has no entry; is this a lambdaless broker?")
        }
        var lines = OutputLines()
        switch (result, format) {
        case (_, .json): lines.append(result.line(1))
        case (.published(let id), .text): lines.append(id)
        case (.refused(let code, let message), .text):
            throw CommandFailure("the broker refuses the event: \(message) (\(code))", status: .negative)
        }
        lines.flush()
        if case .refused = result { throw ExitStatus.negative }
    }
}

/// What became of one event.
enum EntryResult {
    case published(id: String)
    case refused(code: String, message: String)

    /// Reads `{"EventId":…}` or `{"ErrorCode":…,"ErrorMessage":…}`; nil where it is neither.
    init?(_ json: JSONValue) {
        if let code = json["ErrorCode"]?.string {
            self = .refused(code: code, message: json["ErrorMessage"]?.string ?? "")
        } else if let id = json["EventId"]?.string {
            self = .published(id: id)
        } else {
            return nil
        }
    }

    /// For `--output json`.
    func line(_ number: Int) -> [UInt8] {
        var object = JSONObjectText()
        object.add("line", number)
        switch self {
        case .published(let id): object.add("eventId", id)
        case .refused(let code, let message):
            object.add("errorCode", code)
            object.add("errorMessage", message)
        }
        return object.line
    }
}
