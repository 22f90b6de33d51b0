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
        let removed = try LogRow.inUse(database).removed.sequence
        var gap = sequence.rawValue < UInt64(removed)
        let start = max(Int64(sequence.rawValue), removed)
        let statement = try SQLStatement.runs(
            database, from: start + 1, through: Int64(head.rawValue), isReading: true)
        defer { statement.reset() }
        var events: [LoggedEvent] = []
        var bytes = 0
        /// What is damaged or lost is as if it were not there: a slice ends before it, and the next one tells.
        func cross() -> Bool {
            guard events.isEmpty else { return false }
            gap = true
            return true
        }
        do {
            while try statement.step() {
                guard let run = statement.eventRun() else {
                    reportDamage(at: statement.number(0))
                    guard cross() else { break }
                    continue
                }
                let index = run.index(after: start)
                if index == 0, run.missing != 0, !cross() { break }
                var isGoingOn = true
                statement.withBytes(SQLStatement.runBytes) { span in
                    run.forEachEvent(from: index, in: span) { index, event in
                        let number = run.first + Int64(index)
                        guard let event else {
                            reportDamage(at: number)
                            isGoingOn = cross()
                            return isGoingOn
                        }
                        events.append(LoggedEvent(sequence: SequenceNumber(rawValue: UInt64(number)), event: event))
                        bytes += event.envelope.count
                        isGoingOn = events.count < maxEvents && bytes < maxBytes
                        return isGoingOn
                    }
                }
                guard isGoingOn else { break }
            }
        } catch {
            // What came before the damage can still be had.
            guard OpenedLog.damage(error) != nil, !events.isEmpty else { throw error }
            foundDamage(["error": "\(error)"])
        }
        return LogSlice(events: events, gap: gap, head: head)
    }

    private func reportDamage(at sequence: Int64) { foundDamage(["log.sequence": "\(sequence)"]) }

    package func place(of id: EventID) async throws -> SequenceNumber? {
        let head = try openHead()
        return try await reading { database in
            let search = try RunSearch(database, head: head)
            return try search.place(of: id).map { SequenceNumber(rawValue: UInt64($0)) }
        }
    }

    package func place(before time: Int64) async throws -> SequenceNumber {
        let head = try openHead()
        return try await reading { database in
            let search = try RunSearch(database, head: head)
            return try search.place(ofFirstSince: time).map { SequenceNumber(rawValue: UInt64($0 - 1)) } ?? head
        }
    }

    package func count(after sequence: SequenceNumber) async throws -> Int {
        let (newest, removed) = state.withLock { ($0.newest.ordinal, $0.removed.ordinal) }
        let sequence = Int64(clamping: sequence.rawValue)
        let ordinal = try await reading { database in
            let statement = try SQLStatement(
                database,
                "SELECT sequence, events, ordinal FROM runs WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1")
            statement.bind(sequence, at: 1)
            defer { statement.reset() }
            guard try statement.step() else { return removed }
            return statement.number(2) &+ min(statement.number(1), sequence &- statement.number(0) &+ 1)
        }
        return max(0, Int(newest - max(ordinal, removed)))
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
            if let reason = OpenedLog.damage(error) { foundDamage(["error": "\(reason)"]) }
            throw EventLogError(using: error)
        }
    }
}
