internal import JSONDocument
internal import JSONText

/// What a broker says to a subscriber: a text frame, or a line of a stream.
package enum BrokerMessage: Hashable, Sendable {
    /// An event, with its id.
    case event(id: String)
    /// News of the subscriber's pattern.
    case pattern(PatternNotice)
    /// So many events that matched were dropped here, as the subscriber did not keep up.
    case dropped(events: Int)
    /// The answer to a question for the connection's id.
    case connectionID(String)
    /// Why the broker does not do what it was asked, or goes on with it no more.
    case error(String)
    /// Anything else: sent by somebody through the callback API.
    case other

    package init(_ text: [UInt8]) {
        // Read by members: the detail of an event may hold numbers that a control message may not.
        guard let members = try? JSONReader.members(of: text) else {
            self = .other
            return
        }
        func member(_ name: String) -> JSONMember? { members.last { $0.name.elementsEqual(name.utf8) } }
        if let id = member("id"), id.kind == .string, member("source") != nil, member("detail-type") != nil {
            self = .event(id: String(decoding: JSONReader.unescape(Array(text[id.value])), as: UTF8.self))
            return
        }
        let json = (try? JSONValue(parsing: text)) ?? .null
        switch json["action"]?.string {
        case "pattern": self = PatternNotice(json).map(BrokerMessage.pattern) ?? .other
        case "gap": self = .dropped(events: Int(clamping: json["dropped"]?.integer ?? 0))
        default:
            if let message = json["message"]?.string, json["requestId"] != nil {
                self = .error(message)
            } else if let id = json["connectionId"]?.string, json.object?.count == 1 {
                self = .connectionID(id)
            } else {
                self = .other
            }
        }
    }
}

/// How it stands with a subscriber's pattern.
package struct PatternNotice: Hashable, Sendable {
    package enum Status: String, Sendable {
        /// It holds for everything behind a place.
        case stored
        /// What was asked of the past has been given; what follows is live.
        case live
        /// What was asked of the past has been given, and nothing follows.
        case ended
    }

    package let status: Status
    package let connectionID: String?
    /// The place in the broker's log.
    package let sequence: Int64?
    /// The event at this place; nil when there is none, or the broker does not know it.
    package let after: String?
    /// Events that were asked for may have left the log.
    package let hasGap: Bool
    /// The oldest event of the log, where there is a gap; nil when the log is empty.
    package let oldest: String?
    /// Another pattern, which the subscriber's session had and has no more.
    package let replaced: String?

    init?(_ json: JSONValue) {
        guard let status = json["status"]?.string.flatMap(Status.init) else { return nil }
        self.status = status
        connectionID = json["connectionId"]?.string
        sequence = json["sequence"]?.integer
        after = json["after"]?.string
        hasGap = json["gap"]?.bool ?? false
        oldest = json["oldest"]?.string
        replaced = json["replaced"]?.string
    }
}
