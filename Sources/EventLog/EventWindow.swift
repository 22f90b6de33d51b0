internal import DequeModule

/// Events that follow each other in a log and whose numbers go up one by one, in memory.
package struct EventWindow: Sendable {
    private var events: Deque<Event> = []
    /// The number of the oldest event, or of the next one when there is none.
    package private(set) var first: SequenceNumber
    /// Bytes of envelopes.
    package private(set) var bytes = 0

    /// What an event takes beside its envelope: its slot, and the header of the envelope's allocation.
    package static let overheadBytes = 80

    /// - Parameter first: the number of the first event to come, at least 1.
    package init(first: SequenceNumber) {
        self.first = first
    }

    package var count: Int { events.count }
    package var isEmpty: Bool { events.isEmpty }

    /// The number of the newest event; when there is none, the one before the next.
    package var head: SequenceNumber { number(at: events.count - 1) }

    /// The memory that the events take.
    package var size: Int { bytes + events.count * Self.overheadBytes }

    package var oldest: Event? { events.first }
    package var newest: Event? { events.last }

    /// The event at a place, counted from the oldest.
    package subscript(index: Int) -> Event { events[index] }

    package func number(at index: Int) -> SequenceNumber {
        SequenceNumber(rawValue: UInt64(Int(first.rawValue) + index))
    }

    package mutating func append(_ event: Event) {
        events.append(event)
        bytes += event.envelope.count
    }

    package mutating func removeOldest() {
        bytes -= events.removeFirst().envelope.count
        first = SequenceNumber(rawValue: first.rawValue + 1)
    }

    /// The events above `sequence`, as `EventLog.read` limits them.
    package func events(after sequence: SequenceNumber, maxEvents: Int, maxBytes: Int) -> [LoggedEvent] {
        guard sequence < head else { return [] }
        let start = sequence < first ? 0 : Int(sequence.rawValue - first.rawValue) + 1
        var read: [LoggedEvent] = []
        var bytes = 0
        for index in start..<events.count {
            read.append(LoggedEvent(sequence: number(at: index), event: events[index]))
            bytes += events[index].envelope.count
            if read.count >= maxEvents || bytes >= maxBytes { break }
        }
        return read
    }
}
