internal import JSONText

/// How a publish request went, in numbers, with its first errors.
struct PublishSummary {
    private let listedErrorsMax: Int
    /// How many were published before, under the same name; nil when the request has none.
    var known: Int?
    private var entries = 0
    private var failures = 0
    private var canRetry = false
    private var errors: [(line: Int, error: EntryError)] = []

    init(listedErrorsMax: Int) {
        self.listedErrorsMax = listedErrorsMax
    }

    /// - Parameter lines: of the entries; empty when nobody asks for them.
    mutating func add(_ results: EntryResults, lines: [Int]) {
        entries += results.count
        failures += results.faults.count
        for fault in results.faults {
            canRetry = canRetry || fault.error.isRetryable
            guard errors.count < listedErrorsMax else { continue }
            errors.append((lines[fault.place], fault.error))
        }
    }

    /// The HTTP status, so that simple clients see a request that achieved nothing.
    var status: Int {
        if failures == 0 || failures < entries { return 200 }
        return canRetry ? 503 : 400
    }

    /// `{"FailedEntryCount":n,"EntryCount":m,"KnownEntryCount":k,"Errors":[{"Line":l,"ErrorCode":"…","ErrorMessage":"…"}]}`
    var json: [UInt8] {
        var out = Array(#"{"FailedEntryCount":\#(failures),"EntryCount":\#(entries),"#.utf8)
        if let known { out.append(contentsOf: #""KnownEntryCount":\#(known),"#.utf8) }
        out.append(contentsOf: #""Errors":["#.utf8)
        for (index, (line, error)) in errors.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: #"{"Line":\#(line),"#.utf8)
            error.appendMembers(to: &out)
            out.append(UInt8(ascii: "}"))
        }
        out.append(contentsOf: "]}".utf8)
        return out
    }
}
