internal import EventLog
internal import EventPattern
internal import PatternIndex

/// A poll that has come to the end of the log, and waits for an event that matches.
struct PollWait: Sendable {
    enum Outcome: Sendable {
        /// There are events, or the time is over.
        case over(Poll)
        /// Too much has come since the poll looked: it is to look again.
        case again
    }

    let number: UInt64
    let pattern: EventPattern
    let limit: Int
    /// Everything up to here has been looked at.
    let place: PatternPlace
    let answer: CheckedContinuation<Outcome, Never>

    /// - Parameter gap: events have left the log unseen while the poll waited.
    func end(with events: [LoggedEvent] = [], at sequence: SequenceNumber, _ event: EventID?, gap: Bool = false) {
        let reach = gap ? PatternPlace.Reach(gap: true, oldest: nil) : place.reach
        answer.resume(
            returning: .over(
                Poll(events: events, place: PatternPlace(sequence: sequence, event: event, reach: reach))))
    }
}

/// The polls that wait, and their patterns: all are matched at once, so an event costs what it matches, however many wait.
///
/// An index of their own: they come and go with every event, and are no connections that anybody counts or asks for.
struct WaitingPolls {
    private struct Poll {
        let wait: PollWait
        let pattern: PatternID
        var hasGap = false
    }

    private let index = PatternIndex()
    private var polls: [UInt64: Poll] = [:]
    private var holders: [PatternID: Set<UInt64>] = [:]
    private var matching: [PatternID] = []

    mutating func add(_ wait: PollWait) {
        let pattern = index.insert(wait.pattern)
        polls[wait.number] = Poll(wait: wait, pattern: pattern)
        holders[pattern, default: []].insert(wait.number)
    }

    private mutating func take(_ number: UInt64) -> Poll? {
        guard let poll = polls.removeValue(forKey: number) else { return nil }
        index.remove(poll.pattern)
        holders[poll.pattern]?.remove(number)
        if holders[poll.pattern]?.isEmpty == true { holders[poll.pattern] = nil }
        return poll
    }

    /// The time of a poll is over; everything up to here has been looked at.
    mutating func end(_ number: UInt64, at sequence: SequenceNumber, _ event: EventID?) {
        guard let poll = take(number) else { return }
        poll.wait.end(at: sequence, event, gap: poll.hasGap)
    }

    /// The same for all.
    mutating func endAll(at sequence: SequenceNumber, _ event: EventID?) {
        for number in Array(polls.keys) { end(number, at: sequence, event) }
    }

    /// Events have left the log before anybody saw them.
    mutating func tellGap() {
        for number in Array(polls.keys) { polls[number]?.hasGap = true }
    }

    /// Answers those polls that wait for one of these events, with as many of them as they want.
    mutating func see(_ events: [LoggedEvent]) {
        guard !polls.isEmpty, let last = events.last else { return }
        var found: [UInt64: [LoggedEvent]] = [:]
        for event in events {
            matching.removeAll(keepingCapacity: true)
            // The owner tells of what is no JSON.
            try? index.match(event.event.envelope.span, into: &matching)
            for pattern in matching {
                for number in holders[pattern] ?? [] { found[number, default: []].append(event) }
            }
        }
        for (number, events) in found {
            guard let poll = take(number) else { continue }
            let given = Array(events.prefix(poll.wait.limit))
            // What it did not get it may ask for the next time.
            let place = given.count < events.count ? given[given.count - 1] : last
            poll.wait.end(with: given, at: place.sequence, place.event.id, gap: poll.hasGap)
        }
    }
}

@available(*, unavailable)
extension WaitingPolls: Sendable {}
