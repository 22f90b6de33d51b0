package import EventLog
internal import JSONText

/// An event on its way in: its envelope as it will go out, but for the id, and for the time. The bus fills these in where
/// they stand, so that what a publisher says is written once.
package struct EventDraft: Sendable {
    package private(set) var envelope: [UInt8]
    private let timePlace: Int
    /// The event's own time, in milliseconds since 1970, within `RFC3339.range`; nil for the time of publishing.
    package var time: Int64?
    /// What its publisher calls it: publishing the same again under this name within five minutes adds nothing, and gives
    /// the id of the first event; anything else is refused. Its time does not count as part of it.
    package var deduplicationID: String?

    /// Bytes of its texts, as they are spelled in the envelope.
    package let textBytes: Int

    init(envelope: [UInt8], timePlace: Int, textBytes: Int, time: Int64?) {
        self.envelope = envelope
        self.timePlace = timePlace
        self.textBytes = textBytes
        self.time = time
    }

    /// - Parameters:
    ///   - detail: the text of a JSON object, which has been validated; it is passed on as it is, without the white space
    ///     around it.
    ///   - account: where the event comes from, when that is not the bus's own account; `region` likewise.
    ///   - cloudEvent: the text of a JSON object, which has been validated, with what a CloudEvent says beyond the fields
    ///     of an EventBridge event: its own id, its subject, its extensions. Becomes the member `cloudevents`.
    ///   - envelope: the account and region of the bus.
    package init(
        source: String, detailType: String, detail: [UInt8], resources: [String] = [], time: Int64? = nil,
        account: String? = nil, region: String? = nil, cloudEvent: [UInt8]? = nil, in envelope: Envelope
    ) {
        var writer = EnvelopeWriter(envelope, textBytes: source.utf8.count + detailType.utf8.count + detail.count)
        writer.detailType { JSONWriter.appendString(detailType, to: &$0) }
        writer.source { JSONWriter.appendString(source, to: &$0) }
        writer.origin(account: account, region: region)
        for resource in resources { writer.resource { JSONWriter.appendString(resource, to: &$0) } }
        writer.detail { $0.append(detail.span) }
        if let cloudEvent { writer.cloudEvent { $0.append(cloudEvent.span) } }
        self = writer.draft(time: time)
    }

    /// The event, with what the bus gives it.
    ///
    /// Costs nothing but the writing of id and time while nobody else holds the envelope.
    ///
    /// - Parameters:
    ///   - now: the time of publishing, in milliseconds since 1970.
    ///   - nowText: the same as text, for the many that are published at one time.
    package mutating func event(id: EventID, now: Int64, nowText: InlineArray<20, UInt8>) -> Event {
        let idText = id.text
        envelope.overwrite(at: Envelope.idPlace, with: idText.span)
        let timeText = time.map(RFC3339.wholeSeconds) ?? nowText
        envelope.overwrite(at: timePlace, with: timeText.span)
        return Event(id: id, time: time ?? now, envelope: envelope, deduplicationID: deduplicationID)
    }
}
