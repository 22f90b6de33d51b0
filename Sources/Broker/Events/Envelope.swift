internal import EventLog
internal import JSONText

/// The account and region that events come from, and what of their envelopes is the same for all.
///
/// An envelope is the JSON object that subscribers get and patterns are matched against. Its members are EventBridge's, in
/// its order: version, id, detail-type, source, account, time, region, resources, detail (EventBridge User Guide, "Events
/// structure reference"). An event that came as a CloudEvent has one more at the end, `cloudevents`.
package struct Envelope: Sendable {
    /// How deep a detail may nest: one level less than an event, which it stands in. A deeper one would be delivered to
    /// nobody, as no pattern can be matched against it.
    package static let detailDepthMax = JSONLimits.depth - 1

    /// The account of events that name none: 12 digits.
    package let account: String
    /// The region of events that name none.
    package let region: String

    /// What stands between the source and the resources of an event that names no account and no region, with a blank for
    /// the time.
    let origin: Origin

    package init(account: String, region: String) {
        self.account = account
        self.region = region
        origin = Origin(account: account, region: region)
    }

    /// A part of the envelope, and where in it the time goes.
    struct Origin: Sendable {
        let text: [UInt8]
        let timePlace: Int

        init(account: String, region: String) {
            var text = Array(#","account":"#.utf8)
            JSONWriter.appendString(account, to: &text)
            text.append(contentsOf: #","time":""#.utf8)
            timePlace = text.count
            text.append(contentsOf: #"0000-00-00T00:00:00Z","region":"#.utf8)
            JSONWriter.appendString(region, to: &text)
            text.append(contentsOf: #","resources":["#.utf8)
            self.text = text
        }
    }

    // Made once: appending an array copies it whole, appending a string's text asks it first how it is stored.
    static let beforeID = Array(#"{"version":"0","id":""#.utf8)
    static let beforeDetailType = Array(
        #"{"version":"0","id":"00000000-0000-0000-0000-000000000000","detail-type":"#.utf8)
    static let beforeSource = Array(#","source":"#.utf8)
    static let beforeDetail = Array(#"],"detail":"#.utf8)
    static let beforeCloudEvent = Array(#","cloudevents":"#.utf8)

    /// Where in an envelope the id goes.
    static let idPlace = beforeID.count

    /// The bytes of all that is the same in every envelope, and some for escapes.
    static let frameBytes = 256
}
