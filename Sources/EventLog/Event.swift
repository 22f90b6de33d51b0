/// An event as the log keeps it and as subscribers get it.
package struct Event: Hashable, Sendable {
    package let id: EventID
    /// The event's own time, in milliseconds since 1970.
    package let time: Int64
    /// The envelope: one JSON object in UTF-8, built once and shared by everyone that it goes to.
    package let envelope: [UInt8]
    /// What the publisher calls it so that sending it again adds nothing; kept with the event, since whoever restarts
    /// must still know. Nil when the publisher gave none.
    package let deduplicationID: String?

    package init(id: EventID, time: Int64, envelope: [UInt8], deduplicationID: String? = nil) {
        self.id = id
        self.time = time
        self.envelope = envelope
        self.deduplicationID = deduplicationID
    }
}

/// An event and its place in the log.
package struct LoggedEvent: Hashable, Sendable {
    package let sequence: SequenceNumber
    package let event: Event

    package init(sequence: SequenceNumber, event: Event) {
        self.sequence = sequence
        self.event = event
    }
}

/// What one read of a log gave.
package struct LogSlice: Sendable {
    /// The events after the asked-for place, in the order of the log.
    package let events: [LoggedEvent]
    /// Events after the asked-for place had left the log before they could be read.
    package let gap: Bool
    /// The newest event's number when the log was read; `.zero` for a log that never had an event.
    package let head: SequenceNumber

    package init(events: [LoggedEvent], gap: Bool, head: SequenceNumber) {
        self.events = events
        self.gap = gap
        self.head = head
    }
}

/// What a log holds at one moment.
package struct LogContents: Hashable, Sendable {
    /// An event's place and identity without its envelope.
    package struct Place: Hashable, Sendable {
        package let sequence: SequenceNumber
        package let id: EventID

        package init(sequence: SequenceNumber, id: EventID) {
            self.sequence = sequence
            self.id = id
        }
    }

    /// The oldest event that can still be read.
    package let oldest: Place
    package let newest: Place
    package let events: Int
    /// Bytes of envelopes.
    package let bytes: Int

    package init(oldest: Place, newest: Place, events: Int, bytes: Int) {
        self.oldest = oldest
        self.newest = newest
        self.events = events
        self.bytes = bytes
    }
}
