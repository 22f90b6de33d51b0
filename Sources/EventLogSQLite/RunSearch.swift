internal import EventLog
internal import GRDB

/// Finds events by their ids and by the times in them, without an index, by halving: each run knows how late the ids have
/// become up to its end (`EventRun.reached`), which never goes back.
///
/// Ids themselves nearly ascend: whoever publishes takes them a moment before appending, and others may come between.
struct RunSearch {
    /// How long after it was made an id may have been appended, and behind how many that are later, so that it is found
    /// for sure. Looking for one that is not there goes that far.
    private static let delay: Int64 = 1_000
    private static let disorder: Int64 = 1_024

    private let database: Database
    /// What has left, and the newest event that everyone has been told of.
    private let removed: Int64
    private let head: Int64

    init(_ database: Database, head: SequenceNumber) throws {
        self.database = database
        removed = try LogRow.inUse(database).removed.sequence
        self.head = Int64(head.rawValue)
    }

    /// The number of the event with this id; nil when it is not there.
    func place(of id: EventID) throws -> Int64? {
        var later: Int64 = 0
        return try firstResult(reaching: id.time) { run in
            guard run.least > id.time else {
                let index = (run.index(after: removed)..<run.count).first { run[$0].id == id }
                return index.map { run.first + Int64($0) }
            }
            later += Int64(run.count)
            return later > Self.disorder && run.least - id.time > Self.delay ? .some(nil) : nil
        }
    }

    /// The number of the first event whose id was made at `time` or later; nil when there is none.
    func place(ofFirstSince time: Int64) throws -> Int64? {
        try firstResult(reaching: time) { run in
            let index = (run.index(after: removed)..<run.count).first { run[$0].id.time >= time }
            return index.map { run.first + Int64($0) }
        }
    }

    /// Goes through the runs from the first one on that reaches a time, those that are damaged left out, until `body` has
    /// a result, which may be nil.
    private func firstResult<Result>(reaching time: Int64, _ body: (EventRun) -> Result??) throws -> Result? {
        let start = try firstRun(reaching: time)
        let statement = try SQLStatement.runs(database, from: max(start, removed + 1), through: head)
        defer { statement.reset() }
        while try statement.step() {
            if let run = statement.eventRun(), let result = body(run) { return result }
        }
        return nil
    }

    /// The number of the first run that reaches a time; one behind the last run when none does.
    ///
    /// Only a run that is what was written moves the lower bound up, so nothing sound is left behind: what a damaged one
    /// would say, the next one that is sound says as well.
    private func firstRun(reaching time: Int64) throws -> Int64 {
        var (low, high) = (removed + 1, head + 1)
        while low < high {
            let middle = low + (high - low) / 2
            let (start, run) = try soundRun(from: middle)
            if let run, run.reached < time {
                low = max(run.end, middle + 1)
            } else {
                high = min(start, middle)
            }
        }
        return low
    }

    /// The run that holds an event, or if that is damaged, the next one that is not; nil when there is none.
    ///
    /// - Returns: with it, where the first one begins that was looked at.
    private func soundRun(from sequence: Int64) throws -> (start: Int64, run: EventRun?) {
        let statement = try SQLStatement.runs(database, from: sequence, through: head)
        defer { statement.reset() }
        var start: Int64?
        while try statement.step() {
            start = start ?? statement.number(0)
            if let run = statement.eventRun() { return (start ?? run.first, run) }
        }
        return (start ?? sequence, nil)
    }
}
