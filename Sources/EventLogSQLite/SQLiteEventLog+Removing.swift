internal import EventLog
internal import GRDB
internal import Logging
internal import Synchronization

/// Letting go of old events: in slices that go along with what is appended, or alone when nothing is.
extension SQLiteEventLog {
    /// Events and their bytes that one transaction removes, beside twice what it appends: a millisecond or two of work.
    private static let removedEventsMax = 512
    private static let removedBytesMax = 1 << 20

    /// Removing failed, which is no reason for what is appended in the same transaction to fail.
    struct RemovalFailure: Error {
        let cause: any Error
    }

    func isBeyondLimits(_ state: State, earliest: Int64?) -> Bool {
        guard let oldest = state.places?.oldest else { return false }
        return isBeyondLimits(newest: state.newest, removed: state.removed, oldest: oldest.id, earliest: earliest)
    }

    /// Whether the oldest event has to leave. The newest one never has.
    private func isBeyondLimits(newest: LogMark, removed: LogMark, oldest: EventID, earliest: Int64?) -> Bool {
        let events = Int(newest.ordinal - removed.ordinal)
        guard events > 1 else { return false }
        let size = Int(newest.total - removed.total) + events * EventWindow.overheadBytes
        return size > options.bytes || earliest.map { oldest.time < $0 } ?? false
    }

    func remove(_ work: inout Work, _ database: Database) throws(RemovalFailure) {
        do {
            try removeSlice(&work, database)
        } catch {
            throw RemovalFailure(cause: error)
        }
    }

    private func removeSlice(_ work: inout Work, _ database: Database) throws {
        let appended = work.appends.reduce((events: 0, bytes: 0)) { sum, append in
            (sum.events + append.events.count, append.events.reduce(sum.bytes) { $0 + $1.envelope.count })
        }
        let ordinalMax = work.removed.ordinal + Int64(Self.removedEventsMax + 2 * appended.events)
        let totalMax = work.removed.total + Int64(Self.removedBytesMax + 2 * appended.bytes)
        let earliest = age.map { options.now() - $0 }
        let before = work.removed
        // The events of runs before this number have all left.
        var firstKept: Int64 = 0
        var isDamaged = false
        do {
            let statement = try SQLStatement.runs(database, from: before.sequence + 1)
            defer { statement.reset() }
            func isLeaving(_ id: EventID) -> Bool {
                work.removed.ordinal < ordinalMax && work.removed.total < totalMax
                    && isBeyondLimits(newest: work.newest, removed: work.removed, oldest: id, earliest: earliest)
            }
            runs: while try statement.step() {
                firstKept = statement.number(0)
                guard let run = statement.eventRun() else {
                    // A run that cannot be read is not kept: it counts as old, and the next one tells how much it was.
                    isDamaged = true
                    let place = LogContents.Place(
                        sequence: SequenceNumber(rawValue: UInt64(clamping: firstKept)), id: EventID(high: 0, low: 0))
                    work.oldest = place
                    guard isLeaving(place.id) else { break }
                    continue
                }
                if run.ordinal > work.removed.ordinal { work.removed = run.start }
                for index in run.index(after: work.removed.sequence)..<run.count {
                    let place = run.place(at: index)
                    guard isLeaving(place.id) else {
                        work.oldest = place
                        break runs
                    }
                    work.removed.pass(run.first + Int64(index), envelopeBytes: run[index].envelopeBytes)
                }
            }
        }
        guard work.removed != before else {
            // The last run, behind which nothing tells how much it was: trying again would change nothing.
            if isDamaged { throw LogDamage(reason: "a row is not what was written") }
            return
        }
        let deletion = try SQLStatement(database, "DELETE FROM runs WHERE sequence < ?")
        deletion.bind(firstKept, at: 1)
        try deletion.run()
        var row = try LogRow.inUse(database)
        row.removed = work.removed
        try row.write(to: database)
    }

    /// Pages given back to the file system in one step: 1 MiB.
    private static let pagesGivenBack = 128

    /// Gives back to the file system a little of the room that events have left behind, when that is more than a third
    /// of what is in use; less is used again by those to come. To be called now and then. Appends wait for milliseconds.
    package func giveRoomBack() async {
        await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [logger] database in
                do {
                    let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
                    let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                    if free > Self.pagesGivenBack, free > pages / 4 {
                        try database.execute(sql: "PRAGMA incremental_vacuum(\(Self.pagesGivenBack))")
                    }
                } catch {
                    logger.warning("event log gave no room back", metadata: ["error": "\(error)"])
                }
                continuation.resume()
            }
        }
    }

    func pauseRemoving(_ cause: any Error) {
        state.withLock { $0.isRemovingPaused = true }
        if let reason = OpenedLog.damage(cause) { foundDamage(["error": "\(reason)"]) }
        logger.error("old events could not be removed from the event log", metadata: ["error": "\(cause)"])
    }
}
