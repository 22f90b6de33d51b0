package import EventLog
internal import GRDB
internal import Logging
internal import Synchronization

extension SQLiteEventLog {
    package func read(after sequence: SequenceNumber, maxEvents: Int, maxBytes: Int) async throws -> LogSlice {
        let (recent, head) = try state.withLock { state in
            guard !state.isClosed else { throw EventLogError.closed }
            return (recentSlice(of: state, after: sequence, maxEvents: maxEvents, maxBytes: maxBytes), state.head)
        }
        if let recent { return recent }
        return try await reading { [self] database in
            try slice(of: database, after: sequence, through: head, maxEvents: maxEvents, maxBytes: maxBytes)
        }
    }

    /// Nil when the database has to be asked.
    private func recentSlice(
        of state: State, after sequence: SequenceNumber, maxEvents: Int, maxBytes: Int
    ) -> LogSlice? {
        guard sequence < state.head else { return LogSlice(events: [], gap: false, head: state.head) }
        guard sequence.rawValue >= UInt64(state.unremembered) else { return nil }
        let events = state.recent.events(after: sequence, maxEvents: maxEvents, maxBytes: maxBytes)
        return LogSlice(events: events, gap: sequence.rawValue < UInt64(state.removed.sequence), head: state.head)
    }

    private func slice(
        of database: Database, after sequence: SequenceNumber, through head: SequenceNumber, maxEvents: Int,
        maxBytes: Int
    ) throws -> LogSlice {
        guard let row = try LogRow.read(from: database) else { throw LogDamage(reason: "its own row is damaged") }
        var gap = sequence.rawValue < UInt64(row.removed.sequence)
        let statement = try SQLStatement.reading(database)
        statement.bind(Int64(sequence.rawValue), at: 1)
        statement.bind(Int64(head.rawValue), at: 2)
        statement.bind(-1, at: 3)
        defer { statement.reset() }
        var events: [LoggedEvent] = []
        var bytes = 0
        do {
            while try statement.step() {
                guard let row = statement.row() else {
                    // As if it were not there: readers are told as soon as it lies before what they read.
                    reportDamagedRow(statement.number(0))
                    guard events.isEmpty else { break }
                    gap = true
                    continue
                }
                if row.missing != 0 {
                    guard events.isEmpty else { break }
                    gap = true
                }
                events.append(
                    LoggedEvent(sequence: SequenceNumber(rawValue: UInt64(row.sequence)), event: row.event))
                bytes += row.event.envelope.count
                if events.count >= maxEvents || bytes >= maxBytes { break }
            }
        } catch {
            // What came before the damage can still be had.
            guard OpenedLog.damage(error) != nil, !events.isEmpty else { throw error }
            state.withLock { $0.isDamaged = true }
        }
        return LogSlice(events: events, gap: gap, head: head)
    }

    private func reportDamagedRow(_ sequence: Int64) {
        let isNews = state.withLock { state in
            defer { state.isDamaged = true }
            return !state.isDamaged
        }
        guard isNews else { return }
        logger.error(
            "event log is damaged; the next start will save what can be read",
            metadata: ["log.sequence": "\(sequence)"])
    }

    package func place(of id: EventID) async throws -> SequenceNumber? {
        let head = try openHead()
        return try await reading { database in
            let statement = try SQLStatement(database, "SELECT sequence FROM events WHERE id = ?")
            let sequence = try statement.binding(id, at: 1) { try statement.step() ? statement.number(0) : nil }
            // What has just been committed is not there before everyone is told.
            return sequence.map { SequenceNumber(rawValue: UInt64($0)) }.flatMap { $0 <= head ? $0 : nil }
        }
    }

    package func place(before time: Int64) async throws -> SequenceNumber {
        let head = try openHead()
        return try await reading { database in
            // Ids nearly ascend: publishers that come at the same moment may append in another order than they took
            // their ids. The first event in the log is among so many with the lowest ids.
            let statement = try SQLStatement(
                database,
                "SELECT MIN(sequence) FROM (SELECT sequence FROM events WHERE id >= ? ORDER BY id LIMIT 1024)")
            let first = try statement.binding(.least(at: time), at: 1) {
                try statement.step() && !statement.isNull(0) ? statement.number(0) : nil
            }
            return min(head, first.map { SequenceNumber(rawValue: UInt64($0 - 1)) } ?? head)
        }
    }

    package func count(after sequence: SequenceNumber) async throws -> Int {
        let (newest, removed) = state.withLock { ($0.newest.ordinal, $0.removed.ordinal) }
        let ordinal = try await reading { database in
            let statement = try SQLStatement(
                database, "SELECT ordinal FROM events WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1")
            statement.bind(Int64(clamping: sequence.rawValue), at: 1)
            defer { statement.reset() }
            return try statement.step() ? statement.number(0) : nil
        }
        return max(0, Int(newest - max(ordinal ?? removed, removed)))
    }

    private func openHead() throws -> SequenceNumber {
        try state.withLock { state in
            guard !state.isClosed else { throw EventLogError.closed }
            return state.head
        }
    }

    /// Has one of the few connections for readers work, once it is this caller's turn.
    private func reading<Result: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Result
    ) async throws -> Result {
        do {
            return try await pool.read(work)
        } catch let error as CancellationError {
            throw error
        } catch {
            if let reason = OpenedLog.damage(error) {
                let isNews = state.withLock { state in
                    defer { state.isDamaged = true }
                    return !state.isDamaged
                }
                if isNews {
                    logger.error(
                        "event log is damaged; the next start will save what can be read",
                        metadata: ["error": "\(reason)"])
                }
            }
            throw EventLogError(using: error)
        }
    }
}
