package import EventLog

/// What a connection asks for of the log's past: where to begin, how much, and how fast. Without a limit it goes over
/// into what is to come, with no event left out or given twice at the seam.
package struct Replay: Hashable, Sendable {
    /// Where a replay begins.
    package enum Start: Hashable, Sendable {
        /// Behind an event that the client has seen.
        case after(EventID)
        /// Behind a place in the log, as acknowledgements tell it.
        case afterSequence(SequenceNumber)
        /// With the first event that arrived at this time or later, in milliseconds since 1970.
        case since(Int64)
        /// With the oldest event that the log holds. The word is EventBridge's.
        case horizon
    }

    /// How fast events of the past are given; as fast as the client takes them when there is none.
    package enum Speed: Hashable, Sendable {
        /// So many of the matching events a second.
        case eventsPerSecond(Double)
        /// So many times the pace in which they arrived in their day.
        case timesOriginal(Double)
    }

    package var start: Start
    /// Events that arrived later than this, in milliseconds since 1970, are not given: the replay ends before them.
    package var until: Int64?
    /// At most so many matching events; then the replay ends.
    package var limit: Int?
    package var speed: Speed?

    package init(_ start: Start, until: Int64? = nil, limit: Int? = nil, speed: Speed? = nil) {
        self.start = start
        self.until = until
        self.limit = limit
        self.speed = speed
    }

    /// Whether it ends, at the latest where the log ends, instead of going over into live events.
    package var isBounded: Bool { until != nil || limit != nil }
}

/// Tells the replays of a bus apart. A connection has at most one; what an earlier one still has on its way is not for
/// the connection any more.
package struct ReplayID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// What a connection is to be told about its pattern. Whoever sets a pattern says in which words.
package enum PatternNews: Hashable, Sendable {
    /// The pattern holds for every event behind this place of the log, and for none up to it.
    case holds(PatternPlace)
    /// A replay has reached the present: what follows is live. The event is the newest of the log.
    case live(SequenceNumber, EventID?)
    /// A replay has come to its end, with so many events; the connection has no pattern any more. The event is the last
    /// one that the replay looked at: the next one may begin behind it.
    case ended(events: Int, last: EventID?)
    /// The log could not be read on; the connection has no pattern any more.
    case failed
}

/// A place in the log from which on a pattern holds.
package struct PatternPlace: Hashable, Sendable {
    package let sequence: SequenceNumber
    /// The event at this place, by which a client can ask for what came after it; nil when the log was empty.
    package let event: EventID?
    /// Set when the past was asked for: whether the log reaches back that far.
    package let reach: Reach?

    /// How far the log reaches back, compared to what was asked for.
    package struct Reach: Hashable, Sendable {
        /// Events that were asked for may have left the log.
        package let gap: Bool
        /// The oldest event that the log holds.
        package let oldest: EventID?

        package init(gap: Bool, oldest: EventID?) {
            self.gap = gap
            self.oldest = oldest
        }
    }

    package init(sequence: SequenceNumber, event: EventID?, reach: Reach? = nil) {
        self.sequence = sequence
        self.event = event
        self.reach = reach
    }
}
