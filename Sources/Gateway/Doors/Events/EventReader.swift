internal import Broker
internal import JSONText

/// Reads events as `POST /{stage}/events` takes them: a full envelope, or the short form with the members `source`,
/// `detail-type` and `detail`.
///
/// `resources`, `time` (RFC 3339, or seconds since 1970), `account`, `region` and, as envelopes have it that were made of
/// CloudEvents, `cloudevents` (an object) are taken when they are there. What the bus gives an event itself, `id` and
/// `version`, and members that nobody knows, are left out.
struct EventReader: Sendable {
    let settings: PublishSettings

    /// - Throws: the first thing that is wrong, with its place and what to do.
    func read(_ event: JSONObjectText) throws(EntryError) -> EventPublisher.Entry {
        let source = try requiredString("source", of: event)
        let detailType = try requiredString("detail-type", of: event)
        guard let detail = event["detail"] else { throw required("detail", of: event) }
        guard detail.kind == .object else {
            throw .malformedDetail("detail is to be a JSON object, and is \(event.description(of: detail)).")
        }
        var draft = EventDraft(source: source, detailType: detailType, detail: event.bytes(of: detail))
        if let resources = event["resources"] {
            guard let strings = event.strings(resources) else {
                throw .invalid(
                    "resources", "It is to be an array of strings (\(event.place(resources.range.lowerBound))).")
            }
            draft.resources = strings
        }
        draft.time = try time("time", of: event)
        draft.account = try string("account", of: event)
        draft.region = try string("region", of: event)
        // An envelope that was made of a CloudEvent stays the same when it is published again.
        if let cloudEvent = event["cloudevents"], cloudEvent.kind == .object {
            draft.cloudEvent = Array(event.bytes(of: cloudEvent))
        }
        return try check(draft)
    }

    /// What every event has to keep to, in whichever form it comes.
    func check(_ draft: EventDraft) throws(EntryError) -> EventPublisher.Entry {
        try settings.check(source: draft.source)
        guard draft.size <= settings.eventBytesMax else {
            throw .tooLarge(bytes: draft.size, limit: settings.eventBytesMax)
        }
        return EventPublisher.Entry(draft: draft)
    }

    /// A time; nil when there is none.
    func time(_ name: String, of event: JSONObjectText) throws(EntryError) -> Int64? {
        guard let value = event[name] else { return nil }
        guard let time = event.time(value) else {
            throw .invalid(
                name,
                "It is to be like 2026-11-21T01:02:03Z, or a number of seconds since 1970 "
                    + "(\(event.place(value.range.lowerBound))).")
        }
        return time
    }

    private func string(_ name: String, of event: JSONObjectText) throws(EntryError) -> String? {
        guard let value = event[name] else { return nil }
        guard value.kind == .string else {
            throw .invalid(name, "It is to be a string, and is \(event.description(of: value)).")
        }
        return event.string(value)
    }

    private func requiredString(_ name: String, of event: JSONObjectText) throws(EntryError) -> String {
        guard let text = try string(name, of: event), !text.isEmpty else { throw required(name, of: event) }
        return text
    }

    private func required(_ name: String, of event: JSONObjectText) -> EntryError {
        let error = EntryError.required(name)
        // The members of PutEvents, and of CloudEvents, under a content type that does not say so.
        let hint =
            if event["DetailType"] != nil || event["Source"] != nil {
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
