internal import EventLog
internal import JSONText

/// What became of the entries of a request: the ids of the events that were taken, and why the others were not.
struct EntryResults {
    /// In the order of the entries.
    private(set) var ids: [EventID]
    /// Likewise.
    private(set) var faults: [EntryFault]

    var count: Int { ids.count + faults.count }

    static let none = EntryResults(ids: [], faults: [])

    init(ids: [EventID], faults: [EntryFault]) {
        self.ids = ids
        self.faults = faults
    }

    /// - Parameter outcomes: one for each entry.
    init(_ outcomes: [Result<EventID, EntryError>]) {
        (ids, faults) = ([], [])
        for (place, outcome) in outcomes.enumerated() {
            switch outcome {
            case .success(let id): ids.append(id)
            case .failure(let error): faults.append(EntryFault(place: place, error: error))
            }
        }
    }

    /// Puts the results of the entries that follow behind.
    mutating func append(_ other: EntryResults) {
        let count = count
        ids += other.ids
        faults += other.faults.map { EntryFault(place: count + $0.place, error: $0.error) }
    }

    /// `{"FailedEntryCount":n,"Entries":[{"EventId":"…"},{"ErrorCode":"…","ErrorMessage":"…"}]}`, as PutEvents answers.
    var json: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(64 + count * (EventID.textLength + 16))
        out.append(#"{"FailedEntryCount":"#.utf8.span)
        out.append(contentsOf: String(faults.count).utf8)
        out.append(#","Entries":["#.utf8.span)
        var (nextID, nextFault) = (0, 0)
        while nextID + nextFault < count {
            if nextID + nextFault > 0 { out.append(UInt8(ascii: ",")) }
            if nextFault < faults.count, faults[nextFault].place == nextID + nextFault {
                out.append(UInt8(ascii: "{"))
                faults[nextFault].error.appendMembers(to: &out)
                out.append(UInt8(ascii: "}"))
                nextFault += 1
            } else {
                out.append(#"{"EventId":""#.utf8.span)
                ids[nextID].appendText(to: &out)
                out.append(#""}"#.utf8.span)
                nextID += 1
            }
        }
        out.append("]}".utf8.span)
        return out
    }
}

extension EntryError {
    /// `"ErrorCode":"…","ErrorMessage":"…"`
    func appendMembers(to out: inout [UInt8]) {
        out.append(contentsOf: #""ErrorCode":"#.utf8)
        JSONWriter.appendString(code.utf8, to: &out)
        out.append(contentsOf: #","ErrorMessage":"#.utf8)
        JSONWriter.appendString(message.utf8, to: &out)
    }
}
