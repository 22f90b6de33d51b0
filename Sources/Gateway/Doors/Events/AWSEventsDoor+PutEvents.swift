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
        do throws(JSONSyntaxError) { request = try JSONObjectText(body, levels: 3) } catch { throw .notJSON(error) }
        guard let list = request["Entries"] else { throw .constraints([(nil, "entries", "not be null")]) }
        guard let elements = request.elements(list) else {
            throw .serialization("Entries is to be an array, and is \(request.description(of: list)).")
        }
        var entries: [RequestEntry] = []
        for element in elements {
            guard let entry = request.object(element) else {
                throw .serialization("Each of Entries is to be an object; one is \(request.description(of: element)).")
            }
            entries.append(try Self.read(entry))
        }
        try check(entries)
        return entries
    }

    private static func read(_ entry: JSONObjectText) throws(RequestError) -> RequestEntry {
        var read = RequestEntry()
        read.source = try string("Source", of: entry)
        read.detailType = try string("DetailType", of: entry)
        if let detail = entry["Detail"] {
            guard detail.kind == .string else {
                throw mistyped("Detail", "a string that holds a JSON object", detail, entry)
            }
            read.detail = entry.stringBytes(detail)
        }
        if let resources = entry["Resources"] {
            guard let strings = entry.strings(resources) else {
                throw mistyped("Resources", "an array of strings", resources, entry)
            }
            read.resources = strings
        }
        if let time = entry["Time"] {
            guard let milliseconds = entry.time(time) else {
                throw mistyped("Time", "a number of seconds since 1970, or text like 2026-11-21T01:02:03Z", time, entry)
            }
            read.time = milliseconds
        }
        read.bus = try string("EventBusName", of: entry)
        read.traceHeader = try string("TraceHeader", of: entry)
        read.deduplicationID = try string("DeduplicationId", of: entry)
        return read
    }

    private static func string(_ name: String, of entry: JSONObjectText) throws(RequestError) -> String? {
        guard let value = entry[name] else { return nil }
        guard value.kind == .string else { throw mistyped(name, "a string", value, entry) }
        return entry.string(value)
    }

    private static func mistyped(
        _ name: String, _ what: String, _ value: JSONObjectText.Value, _ entry: JSONObjectText
    ) -> RequestError {
        .serialization("\(name) is to be \(what), and is \(entry.description(of: value)).")
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
