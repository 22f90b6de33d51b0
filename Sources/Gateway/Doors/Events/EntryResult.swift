internal import EventLog
internal import JSONText

/// What becomes of an entry: the id of its event, or why there is none.
typealias EntryResult = Result<EventID, EntryError>

extension [EntryResult] {
    /// `{"FailedEntryCount":n,"Entries":[{"EventId":"…"},{"ErrorCode":"…","ErrorMessage":"…"}]}`, as PutEvents answers.
    var json: [UInt8] {
        let failures = count { if case .failure = $0 { true } else { false } }
        var out: [UInt8] = []
        out.reserveCapacity(64 + count * (EventID.textLength + 16))
        out.append(contentsOf: #"{"FailedEntryCount":"#.utf8)
        out.append(contentsOf: String(failures).utf8)
        out.append(contentsOf: #","Entries":["#.utf8)
        for (index, result) in enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            switch result {
            case .success(let id):
                out.append(contentsOf: #"{"EventId":""#.utf8)
                id.appendText(to: &out)
                out.append(contentsOf: #""}"#.utf8)
            case .failure(let error):
                out.append(UInt8(ascii: "{"))
                error.appendMembers(to: &out)
                out.append(UInt8(ascii: "}"))
            }
        }
        out.append(contentsOf: "]}".utf8)
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
