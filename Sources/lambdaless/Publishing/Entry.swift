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
    let deduplicationID: String?

    private var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("Source", .string(source)), .init("DetailType", .string(detailType)),
            .init("Detail", .string(detail)),
        ]
        if !resources.isEmpty { members.append(.init("Resources", .array(resources.map(JSONValue.string)))) }
        if let time { members.append(.init("Time", .string(time))) }
        if let bus { members.append(.init("EventBusName", .string(bus))) }
        if let deduplicationID { members.append(.init("DeduplicationId", .string(deduplicationID))) }
        return .object(members)
    }

    /// The request of PutEvents for this entry alone.
    func request(to broker: RemoteBroker) -> HTTPRequest {
        let body: JSONValue = ["Entries": [json]]
        return HTTPRequest(
            "POST", broker.http.endpoint.path.isEmpty ? "/" : broker.http.endpoint.path,
            headers: [
                ("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "AWSEvents.PutEvents"),
            ],
            body: body.serialized(), service: .events)
    }
}
