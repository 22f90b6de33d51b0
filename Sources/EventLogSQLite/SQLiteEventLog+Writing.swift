internal import EventLog
internal import GRDB
internal import Logging
internal import Synchronization

/// The work of the one writer, on the queue of its connection.
extension SQLiteEventLog {
    /// Bytes of envelopes in one transaction, unless a single append has more: enough that the commit costs little, and
    /// few enough that it does not take long.
    private static let commitBytesMax = 8 << 20

    /// What the writer takes on in one transaction.
    struct Work {
        var appends: [PendingAppend]
        var newest: LogMark
        var reached: Int64
        var removed: LogMark
        /// The number of the first event.
        let first: Int64
        let isAfterLoss: Bool
        var isRemoving: Bool
        /// The oldest event after the removal.
        var oldest: LogContents.Place?
        var newestID: EventID?
    }

    /// Writes until nothing waits and nothing is beyond the limits.
    func write(_ database: Database) {
        while let work = nextWork() {
            carryOut(work, database)
            checkpoints.follow(database)
        }
    }

    private func nextWork() -> Work? {
        let earliest = age.map { options.now() - $0 }
        return state.withLock { state in
            let isRemoving = !state.isRemovingPaused && isBeyondLimits(state, earliest: earliest)
            guard !state.pending.isEmpty || isRemoving && !state.isClosed else {
                state.isWriting = false
                return nil
            }
            var (count, bytes) = (0, 0)
            while count < state.pending.count, bytes < Self.commitBytesMax {
                bytes += state.pending[count].events.reduce(0) { $0 + $1.envelope.count }
                count += 1
            }
            let appends = Array(state.pending.prefix(count))
            state.pending.removeFirst(count)
            return Work(
                appends: appends, newest: state.newest, reached: state.reached, removed: state.removed,
                first: Int64(state.recent.head.rawValue) + 1, isAfterLoss: state.isAfterLoss, isRemoving: isRemoving)
        }
    }

    private func carryOut(_ work: Work, _ database: Database) {
        var done = work
        do {
            try begin(database)
            try database.transaction {
                try insert(&done, database)
                if done.isRemoving { try remove(&done, database) }
            }
        } catch let failure as RemovalFailure {
            pauseRemoving(failure.cause)
            guard !work.appends.isEmpty else { return }
            var work = work
            work.isRemoving = false
            return carryOut(work, database)
        } catch {
            fail(work, error)
            if EventLogError(using: error) == .diskFull { checkpoints.makeRoom(database) }
            return
        }
        install(done)
        var sequence = work.first
        for append in work.appends {
            let numbers = sequence..<sequence + Int64(append.events.count)
            append.answer(.success(numbers.map { SequenceNumber(rawValue: UInt64($0)) }))
            sequence = numbers.upperBound
        }
    }

    /// Does what there was no room for when the log was opened.
    private func begin(_ database: Database) throws {
        guard let row = state.withLock({ $0.unwritten }) else { return }
        try row.writeDown(to: database, flushing: options.flushing)
        state.withLock { $0.unwritten = nil }
    }

    private func insert(_ work: inout Work, _ database: Database) throws {
        guard !work.appends.isEmpty else { return }
        let bytes = work.appends.reduce(0) { sum, append in
            append.events.reduce(sum) { $0 + RunWriter.size(of: $1) }
        }
        var writer = try RunWriter(database, after: work.newest, reached: work.reached, bytesToCome: bytes)
        var sequence = work.first
        for append in work.appends {
            for event in append.events {
                try writer.add(event, at: sequence, missing: work.isAfterLoss && sequence == work.first ? -1 : 0)
                sequence += 1
            }
        }
        try writer.finish()
        (work.newest, work.reached) = (writer.newest, writer.reached)
        work.newestID = work.appends.last?.events.last?.id
    }

    /// Moves the head, and tells of it.
    private func install(_ work: Work) {
        let (readers, head) = state.withLock { state in
            state.newest = work.newest
            state.reached = work.reached
            state.removed = work.removed
            if let id = work.newestID {
                let newest = LogContents.Place(sequence: state.head, id: id)
                state.places = (work.oldest ?? state.places?.oldest ?? firstPlace(of: work), newest)
                for append in work.appends {
                    for event in append.events { state.recent.append(event) }
                }
                if work.isAfterLoss {
                    // Readers must be told of the loss, which only the database knows.
                    state.isAfterLoss = false
                    forgetOldest(&state)
                }
            } else if let oldest = work.oldest, let places = state.places {
                state.places = (oldest, places.newest)
            }
            while state.recent.size > options.recentBytes || !state.recent.isEmpty && isOldestRemoved(state) {
                forgetOldest(&state)
            }
            return (state.readers, state.head)
        }
        // Outside the lock, for which a reader that wakes at once would wait. Only the one writer tells.
        if work.newestID != nil { readers.tell(of: head) }
    }

    private func isOldestRemoved(_ state: State) -> Bool {
        state.recent.first.rawValue <= UInt64(state.removed.sequence)
    }

    private func forgetOldest(_ state: inout State) {
        state.unremembered = Int64(state.recent.first.rawValue)
        state.recent.removeOldest()
    }

    private func firstPlace(of work: Work) -> LogContents.Place {
        LogContents.Place(
            sequence: SequenceNumber(rawValue: UInt64(work.first)),
            id: work.appends.first?.events.first?.id ?? EventID(high: 0, low: 0))
    }

    /// Nothing of this work is stored. Its numbers are not given to others, because traces of it may be in the
    /// write-ahead log and come back when a damaged file is saved.
    private func fail(_ work: Work, _ error: any Error) {
        let count = work.appends.reduce(0) { $0 + $1.events.count }
        state.withLock { state in
            state.recent = EventWindow(first: SequenceNumber(rawValue: UInt64(work.first + Int64(count))))
            state.unremembered = state.newest.sequence
        }
        if let reason = OpenedLog.damage(error) { foundDamage(["error": "\(reason)"]) }
        for append in work.appends { append.answer(.failure(EventLogError(using: error))) }
    }
}
