package import EventLog
internal import JSONText

/// Builds the envelope of an event: the JSON object that subscribers get and patterns are matched against.
///
/// The members are EventBridge's, in its order: version, id, detail-type, source, account, time, region, resources,
/// detail (EventBridge User Guide, "Events structure reference"). An event that came as a CloudEvent has one more at
/// the end, `cloudevents`.
package struct Envelope: Sendable {
    /// How deep a detail may nest: one level less than an event, which it stands in. A deeper one would be delivered to
    /// nobody, as no pattern can be matched against it.
    package static let detailDepthMax = JSONLimits.depth - 1

    /// The account of events that name none: 12 digits.
    package let account: String
    /// The region of events that name none.
    package let region: String

    /// What stands between the source and the time, and between the time and the resources, of an event that names no
    /// account and no region: most of the text that is the same in all envelopes.
    private let beforeTime: [UInt8]
    private let afterTime: [UInt8]

    package init(account: String, region: String) {
        self.account = account
        self.region = region
        beforeTime = Self.beforeTime(account: account)
        afterTime = Self.afterTime(region: region)
    }

    private static func beforeTime(account: String) -> [UInt8] {
        var text = Array(#","account":"#.utf8)
        JSONWriter.appendString(account.utf8, to: &text)
        text.append(contentsOf: #","time":""#.utf8)
        return text
    }

    private static func afterTime(region: String) -> [UInt8] {
        var text = Array(#"","region":"#.utf8)
        JSONWriter.appendString(region.utf8, to: &text)
        text.append(contentsOf: #","resources":["#.utf8)
        return text
    }

    /// The envelope's bytes: compact but for the detail, which keeps the publisher's spelling without the white space
    /// around it. One allocation.
    ///
    /// - Parameter time: milliseconds since 1970; written in whole seconds, as EventBridge does.
    package func bytes(of draft: EventDraft, id: EventID, time: Int64) -> [UInt8] {
        let detail = Self.trimmed(draft.detail)
        var out: [UInt8] = []
        out.reserveCapacity(draft.size + Self.frameBytes + 4 * draft.resources.count)
        out.append(contentsOf: Self.beforeID)
        id.appendText(to: &out)
        out.append(contentsOf: Self.beforeDetailType)
        JSONWriter.appendString(draft.detailType.utf8, to: &out)
        out.append(contentsOf: Self.beforeSource)
        JSONWriter.appendString(draft.source.utf8, to: &out)
        out.append(contentsOf: draft.account.map(Self.beforeTime) ?? beforeTime)
        RFC3339.append(milliseconds: time, to: &out)
        out.append(contentsOf: draft.region.map(Self.afterTime) ?? afterTime)
        for (index, resource) in draft.resources.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            JSONWriter.appendString(resource.utf8, to: &out)
        }
        out.append(contentsOf: Self.beforeDetail)
        out.append(contentsOf: detail)
        if let cloudEvent = draft.cloudEvent {
            out.append(contentsOf: #","cloudevents":"#.utf8)
            out.append(contentsOf: cloudEvent)
        }
        out.append(UInt8(ascii: "}"))
        return out
    }

    // Made once: appending an array copies it whole, appending a string's text asks it first how it is stored.
    static let beforeID = Array(#"{"version":"0","id":""#.utf8)
    private static let beforeDetailType = Array(#"","detail-type":"#.utf8)
    private static let beforeSource = Array(#","source":"#.utf8)
    private static let beforeDetail = Array(#"],"detail":"#.utf8)

    /// The bytes of all that is the same in every envelope, and some for escapes.
    static let frameBytes = 256

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }
        guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return text[first...last]
    }
}
