internal import Broker

/// What a request says of events: those that can be published, and what is wrong with the others, in their order.
struct EntryBatch {
    /// Those without a fault.
    private(set) var drafts: [EventDraft] = []
    /// Name or ARN of the bus that each draft is for, nil for the default one; empty as long as all are for that.
    private(set) var buses: [String?] = []
    private(set) var faults: [EntryFault] = []

    var count: Int { drafts.count + faults.count }

    /// - Parameter expected: how many entries are likely to come.
    init(expected: Int = 1) {
        drafts.reserveCapacity(expected)
    }

    mutating func append(_ draft: consuming EventDraft, bus: String? = nil) {
        if bus != nil || !buses.isEmpty {
            while buses.count < drafts.count { buses.append(nil) }
            buses.append(bus)
        }
        drafts.append(draft)
    }

    mutating func append(_ error: EntryError) {
        faults.append(EntryFault(place: count, error: error))
    }

    /// Appends what `read` makes of an entry.
    mutating func append(bus: String? = nil, _ read: () throws(EntryError) -> EventDraft) {
        do throws(EntryError) {
            append(try read(), bus: bus)
        } catch {
            append(error)
        }
    }

    /// The same entries in batches of at most `countMax`.
    func parts(of countMax: Int) -> [EntryBatch] {
        guard count > countMax else { return [self] }
        var parts: [EntryBatch] = []
        var (nextDraft, nextFault) = (0, 0)
        while nextDraft + nextFault < count {
            var part = EntryBatch(expected: countMax)
            while part.count < countMax, nextDraft + nextFault < count {
                if nextFault < faults.count, faults[nextFault].place == nextDraft + nextFault {
                    part.append(faults[nextFault].error)
                    nextFault += 1
                } else {
                    part.append(drafts[nextDraft], bus: buses.isEmpty ? nil : buses[nextDraft])
                    nextDraft += 1
                }
            }
            parts.append(part)
        }
        return parts
    }

    /// Gives the drafts away, so that nobody else holds their envelopes.
    mutating func takeDrafts() -> [EventDraft] {
        var taken: [EventDraft] = []
        swap(&taken, &drafts)
        return taken
    }

    /// Gives those drafts a name that have none of their own.
    ///
    /// - Parameter place: that of the first entry in the request; moved on behind the last.
    mutating func name(by key: IdempotencyKey?, from place: inout Int) {
        guard let key else { return }
        let places = draftPlaces
        for index in drafts.indices where drafts[index].deduplicationID == nil {
            drafts[index].deduplicationID = key.deduplicationID(of: place + places[index])
        }
        place += count
    }

    /// The place of each draft among all entries.
    var draftPlaces: [Int] {
        guard !faults.isEmpty else { return Array(drafts.indices) }
        let faulty = Set(faults.map(\.place))
        return (0..<count).filter { !faulty.contains($0) }
    }
}

/// What is wrong with the entry at a place of its request, counted from 0.
struct EntryFault {
    let place: Int
    let error: EntryError
}
