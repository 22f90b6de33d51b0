internal import Broker
internal import JSONText

/// PutEvents (API reference, `PutEvents`): several entries in, one result for each, in their order.
extension AWSEventsDoor {
    /// One entry as it stands in the request. Nothing but the types has been checked.
    private struct RequestEntry {
        var source: String?
        var detailType: String?
        var detail: [UInt8]?
        var resources: [String]?
        var time: Int64?
        var bus: String?
        var traceHeader: String?
        /// The word of EventBridge's custom event buses (`PutEventsRequestEntry` there).
        var deduplicationID: String?

        /// EventBridge's formula (User Guide, "Calculating PutEvents event entry size").
        var size: Int {
            (time == nil ? 0 : 14) + (source?.utf8.count ?? 0) + (detailType?.utf8.count ?? 0) + (detail?.count ?? 0)
                + (resources ?? []).reduce(0) { $0 + $1.utf8.count }
        }

        /// As EventBridge's own messages show an entry.
        var description: String {
            let fields: [(String, String?)] = [
                ("time", time.map { RFC3339.text(milliseconds: $0) }), ("source", source),
                ("resources", resources.map { "[\($0.joined(separator: ", "))]" }), ("detailType", detailType),
                ("detail", detail.map { String(decoding: $0, as: UTF8.self) }), ("eventBusName", bus),
                ("traceHeader", traceHeader), ("kmsKeyIdentifier", nil), ("internalMetadata", nil),
            ]
            return "PutEventsRequestEntry(\(fields.map { "\($0)=\($1 ?? "null")" }.joined(separator: ", ")))"
        }
    }

    /// EventBridge's limit, in characters (API reference, `PutEventsRequestEntry`).
    private static let detailTypeLengthMax = 128

    func putEvents(_ request: GatewayRequest) async throws(RequestError) -> [UInt8] {
        var progress = PublishProgress()
        return try await publisher.publish(try accepted(request), under: try IdempotencyKey(request), &progress).json
    }

    /// The entries of a request, each with what is wrong with it.
    func accepted(_ request: GatewayRequest) throws(RequestError) -> [Result<EventPublisher.Entry, EntryError>] {
        try read(request.body).map { entry in Result { () throws(EntryError) in try accept(entry, of: request) } }
    }

    private func read(_ body: [UInt8]) throws(RequestError) -> [RequestEntry] {
        let request: JSONObjectText
        do throws(JSONSyntaxError) { request = try JSONObjectText(body) } catch { throw .notJSON(error) }
        guard let list = request["Entries"] else { throw .constraints([(nil, "entries", "not be null")]) }
        guard let elements = request.elements(list) else {
            throw .serialization("Entries is to be an array, and is \(request.description(of: list)).")
        }
        var entries: [RequestEntry] = []
        for element in elements {
            guard element.kind == .object, let entry = try? JSONObjectText(body, in: element.range) else {
                throw .serialization("Each of Entries is to be an object; one is \(request.description(of: element)).")
            }
            entries.append(try Self.read(entry))
        }
        try check(entries)
        return entries
    }

    private static func read(_ entry: JSONObjectText) throws(RequestError) -> RequestEntry {
        func value<Value>(
            _ name: String, _ what: String, _ read: (JSONObjectText.Value) -> Value?
        ) throws(RequestError) -> Value? {
            guard let found = entry[name] else { return nil }
            guard let value = read(found) else {
                throw .serialization("\(name) is to be \(what), and is \(entry.description(of: found)).")
            }
            return value
        }
        func string(_ value: JSONObjectText.Value) -> String? { value.kind == .string ? entry.string(value) : nil }
        return RequestEntry(
            source: try value("Source", "a string", string), detailType: try value("DetailType", "a string", string),
            detail: try value("Detail", "a string that holds a JSON object") {
                $0.kind == .string ? entry.stringBytes($0) : nil
            },
            resources: try value("Resources", "an array of strings", entry.strings),
            time: try value("Time", "a number of seconds since 1970, or text like 2026-11-21T01:02:03Z", entry.time),
            bus: try value("EventBusName", "a string", string),
            traceHeader: try value("TraceHeader", "a string", string),
            deduplicationID: try value("DeduplicationId", "a string", string))
    }

    private static let quotedEntriesMax = 100

    private func check(_ entries: [RequestEntry]) throws(RequestError) {
        guard (1...settings.entriesMax).contains(entries.count) else {
            // The text quotes the entries, as EventBridge does; of very many the first say enough.
            let list = "[\(entries.prefix(Self.quotedEntriesMax).map(\.description).joined(separator: ", "))]"
            let constraint =
                entries.isEmpty
                ? "have length greater than or equal to 1" : "have length less than or equal to \(settings.entriesMax)"
            throw .constraints([(list, "entries", constraint)])
        }
        guard entries.reduce(0, { $0 + $1.size }) <= settings.entriesBytesMax else {
            throw .validation("Total size of the entries in the request is over the limit.")
        }
    }

    private func accept(_ entry: RequestEntry, of request: GatewayRequest) throws(EntryError) -> EventPublisher.Entry {
        guard let source = entry.source, !source.isEmpty else { throw .required("Source") }
        guard let detailType = entry.detailType, !detailType.isEmpty else { throw .required("DetailType") }
        guard let detail = entry.detail, !detail.isEmpty else { throw .required("Detail") }
        guard detailType.utf16.count <= Self.detailTypeLengthMax else {
            throw .invalid("DetailType", "DetailType must have at most \(Self.detailTypeLengthMax) characters.")
        }
        try settings.check(source: source)
        guard (try? JSONValidator.validate(detail, depthMax: Envelope.detailDepthMax)) == .object else {
            throw .malformedDetail()
        }
        var draft = EventDraft(
            source: source, detailType: detailType, detail: detail, resources: entry.resources ?? [], time: entry.time)
        draft.deduplicationID = try entry.deduplicationID.map { id throws(EntryError) in
            try IdempotencyKey.deduplicationID(ofEntry: id, of: request)
        }
        return EventPublisher.Entry(draft: draft, bus: entry.bus)
    }
}
