internal import DequeModule

/// Events that follow each other in a log and whose numbers go up one by one, in memory.
///
/// The newest are kept as they came, for those who follow the log. Behind them envelopes lie one after the other in
/// pages: with an allocation for each, the heap grows by a page every few events, at the cost of a system call, and each
/// event that is forgotten touches memory that is cold.
package struct EventWindow: Sendable {
    /// An event without its envelope, and where that is.
    private struct Settled {
        let id: EventID
        let time: Int64
        let deduplicationID: String?
        let place: EnvelopePages.Place
    }

    private var settled: Deque<Settled> = []
    private var pages = EnvelopePages()
    private var recent: Deque<Event> = []
    private var recentBytes = 0
    /// The number of the oldest event, or of the next one when there is none.
    package private(set) var first: SequenceNumber
    /// Bytes of envelopes.
    package private(set) var bytes = 0

    /// What an event takes beside its envelope: its slot, and its part of what is not filled.
    package static let overheadBytes = 80
    /// How many bytes of envelopes are kept as they came: what whoever follows the log is behind, most of the time.
    private static let recentBytesMax = 256 * 1024

    /// - Parameter first: the number of the first event to come, at least 1.
    package init(first: SequenceNumber) {
        self.first = first
    }

    package var count: Int { settled.count + recent.count }
    package var isEmpty: Bool { recent.isEmpty && settled.isEmpty }

    /// The number of the newest event; when there is none, the one before the next.
    package var head: SequenceNumber { number(at: count - 1) }

    /// The memory that the events take.
    package var size: Int { bytes + count * Self.overheadBytes }

    package var oldestID: EventID? { isEmpty ? nil : id(at: 0) }
    package var newestID: EventID? { isEmpty ? nil : id(at: count - 1) }

    /// The id of the event at a place, counted from the oldest.
    package func id(at index: Int) -> EventID {
        index < settled.count ? settled[index].id : recent[index - settled.count].id
    }

    package func number(at index: Int) -> SequenceNumber {
        SequenceNumber(rawValue: UInt64(Int(first.rawValue) + index))
    }

    package mutating func append(_ event: Event) {
        recent.append(event)
        recentBytes += event.envelope.count
        bytes += event.envelope.count
        while recentBytes > Self.recentBytesMax, recent.count > 1 { settleOldest() }
    }

    private mutating func settleOldest() {
        let event = recent.removeFirst()
        recentBytes -= event.envelope.count
        settled.append(
            Settled(
                id: event.id, time: event.time, deduplicationID: event.deduplicationID,
                place: pages.append(event.envelope)))
    }

    package mutating func removeOldest() {
        if let oldest = settled.popFirst() {
            bytes -= oldest.place.count
            pages.removeAll(before: settled.first?.place)
        } else {
            let size = recent.removeFirst().envelope.count
            recentBytes -= size
            bytes -= size
        }
        first = SequenceNumber(rawValue: first.rawValue + 1)
    }

    private func event(at index: Int) -> Event {
        guard index < settled.count else { return recent[index - settled.count] }
        let event = settled[index]
        return Event(
            id: event.id, time: event.time, envelope: pages[event.place], deduplicationID: event.deduplicationID)
    }

    /// The events above `sequence`, as `EventLog.read` limits them.
    package func events(after sequence: SequenceNumber, maxEvents: Int, maxBytes: Int) -> [LoggedEvent] {
        guard sequence < head else { return [] }
        let start = sequence < first ? 0 : Int(sequence.rawValue - first.rawValue) + 1
        var read: [LoggedEvent] = []
        var bytes = 0
        for index in start..<count {
            let event = event(at: index)
            bytes += event.envelope.count
            read.append(LoggedEvent(sequence: number(at: index), event: event))
            if read.count >= maxEvents || bytes >= maxBytes { break }
        }
        return read
    }
}
