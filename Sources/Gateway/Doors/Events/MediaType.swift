/// What a body says it is: the type of a `Content-Type` without its parameters, in lower case (RFC 9110 §8.3.1).
enum MediaType: Hashable, Sendable {
    /// `application/json`, `text/json` and everything that ends with `+json`.
    case json
    /// One JSON value on each line, under the names in use.
    case lines
    case cloudEvent
    case cloudEventBatch
    /// CloudEvents in a format that we do not read (Avro, Protobuf, XML).
    case otherCloudEvent
    case other

    /// Nil for a header that is not there.
    init?(_ header: String?) {
        guard let header else { return nil }
        // Nearly always it is written like this already, without anything to leave out.
        if header == "application/json" {
            self = .json
            return
        }
        let type = header.prefix { $0 != ";" }
        let name = type.filter { $0 != " " && $0 != "\t" }.lowercased()
        switch name {
        case "application/json", "text/json": self = .json
        case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
            "application/json-lines":
            self = .lines
        case "application/cloudevents+json": self = .cloudEvent
        case "application/cloudevents-batch+json": self = .cloudEventBatch
        default:
            self =
                name.hasPrefix("application/cloudevents")
                ? .otherCloudEvent : name.hasSuffix("+json") ? .json : .other
        }
    }
}
