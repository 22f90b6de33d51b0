internal import Broker
internal import JSONText

/// Turns CloudEvents 1.0 into events: `source` and `time` keep their names, `type` becomes the detail type, `data` the
/// detail. Whatever EventBridge has no field for (`id`, `subject`, `dataschema`, extensions) goes into the member
/// `cloudevents` of the envelope, where patterns can ask for it; the event's `id` is the bus's own.
///
/// Data that is no JSON object becomes a detail with one member: `data`, or `data_base64` for bytes.
struct CloudEventReader: Sendable {
    private let reader: EventReader

    init(settings: PublishSettings, envelope: Envelope) {
        reader = EventReader(settings: settings, envelope: envelope)
    }

    /// Attributes that have a place of their own.
    private static let mapped: Set<String> = ["source", "type", "time", "data", "data_base64"]
    private static let required = ["specversion", "id", "source", "type"]

    /// An event in the JSON format (CloudEvents "JSON Event Format" 1.0.2 §3), which is also an element of a batch (§4).
    func read(_ event: JSONObjectText) throws(EntryError) -> EventDraft {
        var values: [String: String] = [:]
        for name in Self.required + ["time"] {
            guard let value = event[name] else { continue }
            guard value.kind == .string else {
                throw .invalid(name, "It is to be a string, and is \(event.description(of: value)).")
            }
            values[name] = event.string(value)
        }
        var attributes: [UInt8] = []
        for (name, value) in event.all where !Self.mapped.contains(String(decoding: name, as: UTF8.self)) {
            if value.kind == .null { continue }
            Self.append(name, event.bytes(of: value), to: &attributes)
        }
        let detail =
            if let data = event["data"] {
                data.kind == .object ? Array(event.bytes(of: data)) : Self.object("data", event.bytes(of: data))
            } else if let data = event["data_base64"] {
                Self.object("data_base64", event.bytes(of: data))
            } else {
                Array("{}".utf8)
            }
        return try entry(values, attributes: attributes, detail: detail)
    }

    /// An event whose attributes are headers and whose data is the body (CloudEvents "HTTP Protocol Binding" 1.0.2
    /// §3.1).
    func read(_ request: GatewayRequest, body: [UInt8]) throws(EntryError) -> EventDraft {
        var values: [String: String] = [:]
        var attributes: [UInt8] = []
        let contentType = request.header("Content-Type")
        for (header, encoded) in request.headers where header.lowercased().hasPrefix("ce-") {
            let name = String(header.lowercased().dropFirst(3))
            guard let value = PercentCoding.decode(encoded) else {
                throw .invalid(name, "The header \(header) is not percent-encoded UTF-8.")
            }
            values[name] = value
            if Self.mapped.contains(name) { continue }
            Self.append(Array(name.utf8), Self.string(value.utf8), to: &attributes)
        }
        if let contentType {
            Self.append(Array("datacontenttype".utf8), Self.string(contentType.utf8), to: &attributes)
        }
        return try entry(values, attributes: attributes, detail: try Self.detail(body, contentType: contentType))
    }

    private func entry(
        _ values: [String: String], attributes: [UInt8], detail: [UInt8]
    ) throws(EntryError) -> EventDraft {
        for name in Self.required where values[name]?.isEmpty ?? true {
            throw .invalid(name, "\(name) is a required attribute of a CloudEvent.")
        }
        guard values["specversion"] == "1.0" else {
            throw .invalid("specversion", "It is to be 1.0, and is \(values["specversion"] ?? "missing").")
        }
        var draft = EventDraft(
            source: values["source"] ?? "", detailType: values["type"] ?? "", detail: detail,
            cloudEvent: [UInt8(ascii: "{")] + attributes.dropFirst() + [UInt8(ascii: "}")], in: reader.envelope)
        if let time = values["time"] {
            guard let milliseconds = RFC3339.milliseconds(time) else {
                throw .invalid("time", "It is to be like 2026-11-21T01:02:03Z, and is \(time).")
            }
            draft.time = milliseconds
        }
        try reader.settings.check(source: (values["source"] ?? "").utf8)
        return try reader.check(draft)
    }

    /// A body as detail: JSON as it is, other text as a string, bytes in base64.
    private static func detail(_ body: [UInt8], contentType: String?) throws(EntryError) -> [UInt8] {
        if body.isEmpty { return Array("{}".utf8) }
        let type = MediaType(contentType)
        if type == nil || type == .json {
            do throws(JSONSyntaxError) {
                return try JSONValidator.validate(body, depthMax: Envelope.detailDepthMax - 1) == .object
                    ? body : object("data", body)
            } catch {
                throw .malformedDetail("the data is not JSON: \(error.description).")
            }
        }
        if let text = String(validating: body, as: UTF8.self) { return object("data", string(text.utf8)) }
        return object("data_base64", string(Base64.encode(body)))
    }

    /// `{"name":value}`
    private static func object(_ name: String, _ value: some Sequence<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        append(Array(name.utf8), value, to: &out)
        return [UInt8(ascii: "{")] + out.dropFirst() + [UInt8(ascii: "}")]
    }

    /// `,"name":value`
    private static func append(_ name: [UInt8], _ value: some Sequence<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: ","))
        JSONWriter.appendString(name, to: &out)
        out.append(UInt8(ascii: ":"))
        out.append(contentsOf: value)
    }

    private static func string(_ utf8: some Sequence<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        JSONWriter.appendString(utf8, to: &out)
        return out
    }
}
