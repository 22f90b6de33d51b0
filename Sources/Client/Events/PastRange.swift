/// What somebody wants of a broker's past: the members of a `pattern` message beside the pattern, or the parameters of
/// the same names in a URL.
package struct PastRange: Hashable, Sendable {
    /// Where it begins.
    package enum Start: Hashable, Sendable {
        /// Behind the event with this id, or behind a sequence number.
        case after(String)
        /// With what arrived at this time (RFC 3339) or later.
        case since(String)
        /// With the oldest event that the broker has.
        case horizon
    }

    /// Nil for what is to come.
    package var start: Start?
    /// RFC 3339.
    package var until: String?
    /// At most so many events.
    package var limit: Int?
    /// Events a second, or a multiple of the original pace such as `2x`.
    package var speed: String?

    package init(_ start: Start? = nil, until: String? = nil, limit: Int? = nil, speed: String? = nil) {
        self.start = start
        self.until = until
        self.limit = limit
        self.speed = speed
    }

    /// Names and values, as the broker reads them. A broker takes none of them without a start.
    package var members: [(name: String, value: String)] {
        var members: [(name: String, value: String)] = []
        switch start {
        case .after(let place): members.append(("after", place))
        case .since(let time): members.append(("since", time))
        case .horizon: members.append(("from", "horizon"))
        case nil: return []
        }
        if let until { members.append(("until", until)) }
        if let limit { members.append(("limit", String(limit))) }
        if let speed { members.append(("speed", speed)) }
        return members
    }
}
