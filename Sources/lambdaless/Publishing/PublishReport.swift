import Client
import JSONDocument

/// What became of the events of one request.
struct PublishReport {
    /// An event that the broker did not take.
    struct Refusal {
        /// Which one, from 1: a line of the input, or the number of an event in it.
        let place: Int
        let code: String
        let message: String
    }

    /// New ones.
    let publishedCount: Int
    /// Events that were there already, from an earlier attempt to publish them; nil where the broker does not tell them
    /// from new ones.
    var knownCount: Int?
    let refusedCount: Int
    /// Of all events, where the broker tells; of lines it tells none.
    let ids: [String]
    /// Of lines, the first ones.
    let refusals: [Refusal]
    /// What a place counts.
    let unit: String

    /// Prints it.
    /// - Throws: ``ExitStatus/negative`` where an event was refused.
    func show(_ format: OutputFormat, verb: String = "published") throws {
        var lines = OutputLines()
        switch format {
        case .json: lines.append(json.serialized())
        case .text:
            for refusal in refusals {
                Terminal.note("lambdaless: \(unit) \(refusal.place): \(refusal.message) (\(refusal.code))")
            }
            if refusals.count < refusedCount { Terminal.note("lambdaless: and \(refusedCount - refusals.count) more") }
            if publishedCount == 1, refusedCount == 0, let id = ids.first {
                lines.append(id)
            } else {
                let knownCount = knownCount ?? 0
                let known = knownCount == 0 ? "" : "; \(knownCount) were there already"
                lines.append(
                    "\(verb) \(publishedCount) of \(publishedCount + knownCount + refusedCount) events\(known)")
            }
        }
        lines.flush()
        if refusedCount > 0 { throw ExitStatus.negative }
    }

    /// `{"published":n,"known":k,"refused":m,"eventIds":[…],"errors":[{"line" or "event","code","message"}]}`
    private var json: JSONValue {
        [
            "published": .integer(Int64(publishedCount)), "known": knownCount.map { .integer(Int64($0)) } ?? .null,
            "refused": .integer(Int64(refusedCount)),
            "eventIds": .array(ids.map(JSONValue.string)),
            "errors": .array(
                refusals.map { refusal in
                    .object([
                        .init(unit, .integer(Int64(refusal.place))), .init("code", .string(refusal.code)),
                        .init("message", .string(refusal.message)),
                    ])
                }),
        ]
    }
}

extension PublishReport {
    /// Reads the broker's answer: `{"FailedEntryCount","Entries":[{"EventId"} or {"ErrorCode","ErrorMessage"}]}`, or
    /// for lines `{"FailedEntryCount","EntryCount","KnownEntryCount","Errors":[{"Line","ErrorCode","ErrorMessage"}]}`. A broker that took
    /// nothing answers with such a body, too, and a status that is not 200.
    /// - Throws: ``CommandFailure`` where the request was refused whole.
    init(_ response: HTTPResponse) throws {
        let body = (try? JSONValue(parsing: response.body)) ?? .null
        guard let refusedCount = body["FailedEntryCount"]?.integer else {
            if !response.isSuccess { throw RemoteBroker.failure(response) }
            throw CommandFailure("the answer does not say what became of the events; is this a lambdaless broker?")
        }
        self.refusedCount = Int(clamping: refusedCount)
        if let entries = body["Entries"]?.array {
            unit = "event"
            ids = entries.compactMap { $0["EventId"]?.string }
            publishedCount = ids.count
            refusals = entries.enumerated().compactMap { Refusal($1, place: $0 + 1) }
        } else {
            unit = "line"
            ids = []
            let known = Int(clamping: body["KnownEntryCount"]?.integer ?? 0)
            let entries = Int(clamping: body["EntryCount"]?.integer ?? 0)
            knownCount = known
            publishedCount = max(0, entries - self.refusedCount - known)
            refusals = (body["Errors"]?.array ?? []).compactMap {
                Refusal($0, place: Int(clamping: $0["Line"]?.integer ?? 0))
            }
        }
    }
}

extension PublishReport.Refusal {
    fileprivate init?(_ json: JSONValue, place: Int) {
        guard let code = json["ErrorCode"]?.string else { return nil }
        self.init(place: place, code: code, message: json["ErrorMessage"]?.string ?? "")
    }
}
