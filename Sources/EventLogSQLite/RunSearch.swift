internal import EventLog
internal import GRDB

/// Finds events by their ids and by the times in them, without an index: ids nearly ascend with the numbers, so the place
/// is found by halving, with as many steps as the number of runs has binary digits.
///
/// Publishers that come at the same moment may append in another order than they took their ids. What is `disorder`
/// before an event is earlier than it, and what is so far behind it is later.
struct RunSearch {
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
        let near = try near(id.time)
        // Nearly always it is right there.
        return try place(of: id, from: near) ?? place(of: id, from: near - Self.disorder, to: near)
    }

    private func place(of id: EventID, from start: Int64, to end: Int64 = .max) throws -> Int64? {
        var later: Int64 = 0
        return try firstResult(from: start) { run in
            if run.first >= end || later > Self.disorder { return .some(nil) }
            if id.time < run.times.least { later += Int64(run.count) }
            guard run.times.least...run.times.greatest ~= id.time,
                let index = (run.index(after: removed)..<run.count).first(where: { run[$0].id == id })
            else { return nil }
            return run.first + Int64(index)
        }
    }

    /// The number of the first event whose id was made at `time` or later; nil when there is none.
    func place(ofFirstSince time: Int64) throws -> Int64? {
        try firstResult(from: near(time) - Self.disorder) { run in
            guard run.times.greatest >= time,
                let index = (run.index(after: removed)..<run.count).first(where: { run[$0].id.time >= time })
            else { return nil }
            return run.first + Int64(index)
        }
    }

    /// Goes through the runs, those that are damaged left out, until `body` has a result, which may be nil.
    private func firstResult<Result>(from start: Int64, _ body: (EventRun) -> Result??) throws -> Result? {
        let statement = try SQLStatement.runs(database, from: max(start, removed + 1), through: head)
        defer { statement.reset() }
        while try statement.step() {
            if let run = statement.eventRun(), let result = body(run) { return result }
        }
        return nil
    }

    /// About where the ids reach a time: the number of the first run that has a later one, or behind the last run.
    private func near(_ time: Int64) throws -> Int64 {
        let statement = try SQLStatement(
            database, "SELECT sequence, events, greatest FROM runs WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1")
        var (low, high) = (removed + 1, head + 1)
        while low < high {
            let middle = low + (high - low) / 2
            statement.bind(middle, at: 1)
            defer { statement.reset() }
            // What a damaged row says only ends the search early.
            let (first, count, greatest) = try statement.step()
                ? (statement.number(0), statement.number(1), statement.number(2)) : (0, 0, .min)
            if greatest >= time {
                high = min(first, high - 1)
            } else {
                low = max(first &+ count, middle + 1)
            }
        }
        return low
    }
}
