/// What a body says it is: the type of a `Content-Type` without its parameters, in lower case (RFC 9110 §8.3.1).
struct MediaType: Hashable, Sendable {
    let name: String

    /// Nil for a header that is not there.
    init?(_ header: String?) {
        guard let header else { return nil }
        // Nearly always it is written like this already, without anything to leave out.
        let isPlain = header.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x2B...0x39).contains($0)  // a to z; + , - . / and 0 to 9
        }
        if isPlain {
            name = header
            return
        }
        let type = header.prefix { $0 != ";" }
        name = type.filter { $0 != " " && $0 != "\t" }.lowercased()
    }

    /// `application/json`, `text/json` and everything that ends with `+json`.
    var isJSON: Bool { name == "application/json" || name == "text/json" || name.hasSuffix("+json") }

    /// One JSON value on each line, under the names in use.
    var isLines: Bool {
        ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"].contains(name)
            || name == "application/json-lines"
    }

    var isCloudEvent: Bool { name == "application/cloudevents+json" }
    var isCloudEventBatch: Bool { name == "application/cloudevents-batch+json" }
    /// CloudEvents in a format that we do not read (Avro, Protobuf, XML).
    var isOtherCloudEvent: Bool {
        name.hasPrefix("application/cloudevents") && !isCloudEvent && !isCloudEventBatch
    }
}
