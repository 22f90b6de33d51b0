internal import Broker
internal import JSONText

/// PutEvents (API reference, `PutEvents`): several entries in, one result for each, in their order.
extension AWSEventsDoor {
    /// One entry as it stands in the request. Nothing but the types has been checked.
    private struct RequestEntry {
        let object: JSONObjectText
        let source, detailType, detail, bus, traceHeader, deduplicationID: JSONObjectText.Value?
        let resources: [JSONObjectText.Value]?
        let time: Int64?

        private static let members: InlineArray<8, StaticString> = [
            "Source", "DetailType", "Detail", "Resources", "Time", "EventBusName", "TraceHeader", "DeduplicationId",
        ]

        init(_ object: JSONObjectText) throws(RequestError) {
            self.object = object
            let values = object.values(of: Self.members)
            func requireStrings(_ range: Range<Int>) throws(RequestError) {
                for index in range {
                    guard let value = values[index], value.kind != .string else { continue }
                    let what = index == 2 ? "a string that holds a JSON object" : "a string"
                    throw Self.mistyped(Self.members[index].description, what, value, object)
                }
            }
            try requireStrings(0..<3)
            (source, detailType, detail) = (values[0], values[1], values[2])
            (bus, traceHeader, deduplicationID) = (values[5], values[6], values[7])
            resources = try values[3].map { value throws(RequestError) in
                guard let strings = object.strings(value) else {
                    throw Self.mistyped("Resources", "an array of strings", value, object)
                }
                return strings
            }
            time = try values[4].map { value throws(RequestError) in
                guard let time = object.time(value) else {
                    throw Self.mistyped(
                        "Time", "a number of seconds since 1970, or text like 2026-11-21T01:02:03Z", value, object)
                }
                return time
            }
            try requireStrings(5..<8)
        }

        private static func mistyped(
            _ name: String, _ what: String, _ value: JSONObjectText.Value, _ object: JSONObjectText
        ) -> RequestError {
            .serialization("\(name) is to be \(what), and is \(object.description(of: value)).")
        }

        var busName: String? { bus.map(object.string) }

        /// EventBridge's formula (User Guide, "Calculating PutEvents event entry size").
        var size: Int {
            let strings = [source, detailType, detail].compactMap(\.self) + (resources ?? [])
            return (time == nil ? 0 : 14) + strings.reduce(0) { $0 + object.meaning(of: $1).count }
        }

        /// As EventBridge's own messages show an entry.
        var description: String {
            let fields: [(String, String?)] = [
                ("time", time.map { RFC3339.text(milliseconds: $0) }), ("source", source.map(object.string)),
                ("resources", resources.map { "[\($0.map(object.string).joined(separator: ", "))]" }),
                ("detailType", detailType.map(object.string)), ("detail", detail.map(object.string)),
                ("eventBusName", bus.map(object.string)), ("traceHeader", traceHeader.map(object.string)),
                ("kmsKeyIdentifier", nil), ("internalMetadata", nil),
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
    func accepted(_ request: GatewayRequest) throws(RequestError) -> EntryBatch {
        let entries = try read(request.body)
        var batch = EntryBatch(expected: entries.count)
        for index in entries.indices {
            batch.append(bus: entries[index].busName) { () throws(EntryError) in
                try accept(entries[index], of: request)
            }
        }
        return batch
    }

    private func read(_ body: [UInt8]) throws(RequestError) -> [RequestEntry] {
        let request: JSONObjectText
        do throws(JSONSyntaxError) { request = try JSONObjectText(body, levels: 3) } catch { throw .notJSON(error) }
        guard let list = request["Entries"] else { throw .constraints([(nil, "entries", "not be null")]) }
        guard let elements = request.elements(list) else {
            throw .serialization("Entries is to be an array, and is \(request.description(of: list)).")
        }
        var entries: [RequestEntry] = []
        entries.reserveCapacity(elements.count)
        for element in elements {
            guard let entry = request.object(element) else {
                throw .serialization("Each of Entries is to be an object; one is \(request.description(of: element)).")
            }
            entries.append(try RequestEntry(entry))
        }
        try check(entries, of: body)
        return entries
    }

    private static let quotedEntriesMax = 100

    private func check(_ entries: [RequestEntry], of body: [UInt8]) throws(RequestError) {
        guard (1...settings.entriesMax).contains(entries.count) else {
            // The text quotes the entries, as EventBridge does; of very many the first say enough.
            let list = "[\(entries.prefix(Self.quotedEntriesMax).map(\.description).joined(separator: ", "))]"
            let constraint =
                entries.isEmpty
                ? "have length greater than or equal to 1" : "have length less than or equal to \(settings.entriesMax)"
            throw .constraints([(list, "entries", constraint)])
        }
        // What is counted is no longer than it is written, but for times.
        guard body.count + 14 * entries.count > settings.entriesBytesMax else { return }
        guard entries.reduce(0, { $0 + $1.size }) <= settings.entriesBytesMax else {
            throw .validation("Total size of the entries in the request is over the limit.")
        }
    }

    private func accept(_ entry: RequestEntry, of request: GatewayRequest) throws(EntryError) -> EventDraft {
        let object = entry.object
        guard let source = entry.source, !source.isEmptyString else { throw .required("Source") }
        guard let detailType = entry.detailType, !detailType.isEmptyString else { throw .required("DetailType") }
        guard let detail = entry.detail, !detail.isEmptyString else { throw .required("Detail") }
        guard
            detailType.range.count - 2 <= Self.detailTypeLengthMax
                || object.string(detailType).utf16.count <= Self.detailTypeLengthMax
        else {
            throw .invalid("DetailType", "DetailType must have at most \(Self.detailTypeLengthMax) characters.")
        }
        try settings.check(source: object.meaning(of: source))

        var writer = EnvelopeWriter(
            publisher.envelope, textBytes: source.range.count + detailType.range.count + detail.range.count)
        writer.detailType { object.appendString(detailType, to: &$0) }
        writer.source { object.appendString(source, to: &$0) }
        writer.origin()
        for resource in entry.resources ?? [] { writer.resource { object.appendString(resource, to: &$0) } }
        try writer.detail { out throws(EntryError) in
            let start = out.count
            object.appendUnescaped(detail, to: &out)
            let text = out.span.extracting(start..<out.count)
            guard details.isDetail(text) else { throw .malformedDetail() }
        }
        var draft = writer.draft(time: entry.time)
        draft.deduplicationID = try entry.deduplicationID.map { id throws(EntryError) in
            try IdempotencyKey.deduplicationID(ofEntry: object.string(id), of: request)
        }
        return draft
    }
}
