/// An event on its way in: what its publisher says of it. The bus adds the rest and gives it its id.
package struct EventDraft: Hashable, Sendable {
    package var source: String
    package var detailType: String
    /// The text of a JSON object, which has been validated; it is passed on as it is. A part of what the publisher sent,
    /// so that it is copied only once: into the envelope.
    package var detail: ArraySlice<UInt8>
    package var resources: [String]
    /// The event's own time, in milliseconds since 1970, within `RFC3339.range`; nil for the time of publishing.
    package var time: Int64?
    /// Where the event comes from, when that is not the bus's own account and region.
    package var account: String?
    package var region: String?
    /// The text of a JSON object, which has been validated, with what a CloudEvent says beyond the fields of an
    /// EventBridge event: its own id, its subject, its extensions. Becomes the member `cloudevents`.
    package var cloudEvent: [UInt8]?
    /// What its publisher calls it: publishing the same again under this name within five minutes adds nothing, and gives
    /// the id of the first event; anything else is refused. Its time does not count as part of it.
    package var deduplicationID: String?

    package init(
        source: String, detailType: String, detail: ArraySlice<UInt8>, resources: [String] = [], time: Int64? = nil,
        account: String? = nil, region: String? = nil, cloudEvent: [UInt8]? = nil
    ) {
        self.source = source
        self.detailType = detailType
        self.detail = detail
        self.resources = resources
        self.time = time
        self.account = account
        self.region = region
        self.cloudEvent = cloudEvent
    }

    package init(
        source: String, detailType: String, detail: [UInt8], resources: [String] = [], time: Int64? = nil,
        account: String? = nil, region: String? = nil, cloudEvent: [UInt8]? = nil
    ) {
        self.init(
            source: source, detailType: detailType, detail: detail[...], resources: resources, time: time,
            account: account, region: region, cloudEvent: cloudEvent)
    }

    /// Bytes of all its texts.
    package var size: Int {
        source.utf8.count + detailType.utf8.count + detail.count + resources.reduce(0) { $0 + $1.utf8.count }
            + (account?.utf8.count ?? 0) + (region?.utf8.count ?? 0) + (cloudEvent?.count ?? 0)
    }
}
