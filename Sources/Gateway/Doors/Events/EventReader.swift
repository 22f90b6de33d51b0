internal import Broker
internal import JSONText

/// Reads events as `POST /{stage}/events` takes them: a full envelope, or the short form with the members `source`,
/// `detail-type` and `detail`.
///
/// `resources`, `time` (RFC 3339, or seconds since 1970), `account`, `region` and, as envelopes have it that were made of
/// CloudEvents, `cloudevents` (an object) are taken when they are there. What the bus gives an event itself, `id` and
/// `version`, and members that nobody knows, are left out; but not `DeduplicationId`, without which the event would be
/// there twice.
struct EventReader: Sendable {
    let settings: PublishSettings
    let envelope: Envelope

    private static let members: InlineArray<9, StaticString> = [
        "source", "detail-type", "detail", "resources", "time", "account", "region", "cloudevents", "DeduplicationId",
    ]

    /// - Throws: the first thing that is wrong, with its place and what to do.
    func read(_ event: JSONObjectText) throws(EntryError) -> EventDraft {
        let values = event.values(of: Self.members)
        let source = try required(values[0], "source", of: event)
        let detailType = try required(values[1], "detail-type", of: event)
        guard let detail = values[2] else { throw missing("detail", of: event) }
        guard detail.kind == .object else {
            throw .malformedDetail("detail is to be a JSON object, and is \(event.description(of: detail)).")
        }
        let resources = try resources(values[3], of: event)
        let time = try time("time", values[4], of: event)
        let account = try optional(values[5], "account", of: event)
        let region = try optional(values[6], "region", of: event)
        if let name = values[8] { throw misplaced(name, of: event) }
        try settings.check(source: event.meaning(of: source))

        let written = [source, detailType, detail].reduce(0) { $0 + $1.range.count } + (values[3]?.range.count ?? 0)
        var writer = EnvelopeWriter(envelope, textBytes: written)
        writer.detailType { event.appendString(detailType, to: &$0) }
        writer.source { event.appendString(source, to: &$0) }
        writer.origin(account: account.map(event.string), region: region.map(event.string))
        for resource in resources { writer.resource { event.appendString(resource, to: &$0) } }
        writer.detail { event.appendText(detail, to: &$0) }
        // An envelope that was made of a CloudEvent stays the same when it is published again.
        if let cloudEvent = values[7], cloudEvent.kind == .object {
            writer.cloudEvent { event.appendText(cloudEvent, to: &$0) }
        }
        return try check(writer.draft(time: time))
    }

    /// What every event has to keep to, in whichever form it comes.
    func check(_ draft: EventDraft) throws(EntryError) -> EventDraft {
        let bytes = draft.textBytes
        guard bytes <= settings.eventBytesMax else { throw .tooLarge(bytes: bytes, limit: settings.eventBytesMax) }
        return draft
    }

    private func time(
        _ name: String, _ value: JSONObjectText.Value?, of event: JSONObjectText
    ) throws(EntryError) -> Int64? {
        guard let value else { return nil }
        guard let time = event.time(value) else {
            throw .invalid(
                name,
                "It is to be like 2026-11-21T01:02:03Z, or a number of seconds since 1970 "
                    + "(\(event.place(value.range.lowerBound))).")
        }
        return time
    }

    private func resources(
        _ value: JSONObjectText.Value?, of event: JSONObjectText
    ) throws(EntryError) -> [JSONObjectText.Value] {
        guard let value else { return [] }
        guard let strings = event.strings(value) else {
            throw .invalid("resources", "It is to be an array of strings (\(event.place(value.range.lowerBound))).")
        }
        return strings
    }

    private func optional(
        _ value: JSONObjectText.Value?, _ name: String, of event: JSONObjectText
    ) throws(EntryError) -> JSONObjectText.Value? {
        guard let value else { return nil }
        guard value.kind == .string else {
            throw .invalid(name, "It is to be a string, and is \(event.description(of: value)).")
        }
        return value
    }

    private func required(
        _ value: JSONObjectText.Value?, _ name: String, of event: JSONObjectText
    ) throws(EntryError) -> JSONObjectText.Value {
        guard let text = try optional(value, name, of: event), !text.isEmptyString else {
            throw missing(name, of: event)
        }
        return text
    }

    private func misplaced(_ deduplicationID: JSONObjectText.Value, of event: JSONObjectText) -> EntryError {
        .invalid(
            "DeduplicationId",
            "It names an entry of PutEvents, which goes to POST /; here the header Idempotency-Key names all events of "
                + "a request (\(event.place(deduplicationID.range.lowerBound))).")
    }

    private func missing(_ name: String, of event: JSONObjectText) -> EntryError {
        let error = EntryError.required(name)
        // The members of PutEvents, and of CloudEvents, under a content type that does not say so.
        let hint =
            if event["DetailType"] != nil || event["Source"] != nil || event["Entries"] != nil {
                " Entries of PutEvents go to POST /; here the members are source, detail-type and detail."
            } else if event["specversion"] != nil {
                " A CloudEvent needs Content-Type: application/cloudevents+json."
            } else {
                ""
            }
        return EntryError(
            code: error.code, message: "\(error.message) Event at \(event.place(event.start)).\(hint)")
    }
}
