package import EventLog
internal import GRDB
package import Logging
internal import Synchronization

/// A log on disk: a SQLite database in a folder of its own.
///
/// Appending is group commit: one writer, on a thread of its own, takes everything that has arrived meanwhile into one
/// transaction, and answers all callers when it is committed. Whoever reads near the head is served from memory, others
/// by a few readers of the database, in the order of their calls; so many that resume at once hold up neither the writer
/// nor those who follow, and take no memory while they wait.
///
/// The events of a transaction share rows (`EventRun`): SQLite's work is for a row and for a page, hardly for a byte.
///
/// Numbers go up one by one, but skip ahead by `skippedNumbers` when the system may have ended with the process, so that
/// none is ever given twice, not even when a power loss took the newest events.
///
/// A file that is found damaged is moved aside, and what can be read of it is saved (`salvage`): of a run mostly all but
/// the damaged event, at worst nothing.
package final class SQLiteEventLog: PromptEventLog {
    /// When what is appended reaches the disk. Either way it survives the end of the process, however it ends.
    package enum Flushing: String, Sendable, CaseIterable {
        /// Within a few seconds: a crash of the operating system or a power loss takes the newest events, and never harms
        /// older ones.
        case normal
        /// Before `append` returns: nothing that was appended is lost, for one fsync for each commit.
        case full
    }

    package struct Options: Sendable {
        package var flushing = Flushing.normal
        /// How long after its id was made an event leaves; nil for never. Default 7 days.
        package var age: Duration? = .seconds(7 * 24 * 3_600)
        /// Beyond so many bytes the oldest events leave, counted as envelopes plus `EventWindow.overheadBytes` for each
        /// event: about what the file takes. Default 1 GiB.
        package var bytes = 1 << 30
        /// Bytes of recent events kept in memory for those who follow the head. Default 32 MiB.
        package var recentBytes = 32 << 20
        /// Connections for reading older events, each on a thread while it is used. Default 2.
        package var readers = 2
        /// Milliseconds since 1970, for the limit of age.
        package var now: @Sendable () -> Int64 = SystemTime.milliseconds
        /// As large as the file may become, in pages; for tests of a full disk.
        package var pagesMax: Int?

        package init() {}
    }

    /// How far numbers skip ahead when the system may have ended: more events than can have been appended and not yet
    /// be safe from a power loss.
    package static let skippedNumbers: Int64 = 1_000_000_000

    /// Events waiting for the writer, and whom to answer.
    struct PendingAppend {
        let events: [Event]
        let answer: @Sendable (Result<[SequenceNumber], any Error>) -> Void
    }

    struct State {
        var pending: [PendingAppend] = []
        /// A turn of the writer is under way or ordered.
        var isWriting = false
        var isClosed = false
        /// The newest events, as far as they are in memory; those up to `unremembered` are not.
        var recent: EventWindow
        var unremembered: Int64
        /// The newest event, and what has left: both as the database has them.
        var newest: LogMark
        /// The greatest time in an id up to there.
        var reached: Int64
        var removed: LogMark
        /// Nil when the log holds nothing.
        var places: (oldest: LogContents.Place, newest: LogContents.Place)?
        /// An unknown number of events was lost before the next one.
        var isAfterLoss: Bool
        /// From which number on the log goes on, where there was no room to write that down. Goes before all else.
        var unwritten: LogRow?
        /// Removing failed; to be tried again later.
        var isRemovingPaused = false
        /// Something in the file was found damaged, so the next start has to look at all of it.
        var isDamaged = false
        var readers = TailReaders()

        var head: SequenceNumber { SequenceNumber(rawValue: UInt64(newest.sequence)) }
    }

    let options: Options
    let age: Int64?
    let pool: DatabasePool
    let state: Mutex<State>
    let logger: Logger
    let checkpoints: Checkpoints
    private let lock: FolderLock
    private let reserve: Reserve
    private let sweep = Mutex<Task<Void, Never>?>(nil)

    /// What was found when the log was opened; nil when nothing was wrong.
    package let salvage: SalvageReport?

    /// Opens the log in a folder, or makes one.
    ///
    /// Cost: milliseconds after a clean end. When the process was killed, the write-ahead log is read and checked; after
    /// any other end the whole file (0.3 s for 360 MB in the system's memory), and a damaged one is read again and written
    /// anew (1.4 s), for which there must be room. So also for a file of an earlier format, which is converted (2.8 s).
    ///
    /// - Parameter folder: made if it is missing, for this user alone; used by one process at a time.
    /// - Throws: `EventLogError`; the folder is left as it was.
    package init(folder: String, options: Options = Options(), logger: Logger) throws {
        self.options = options
        self.age = options.age?.milliseconds
        self.logger = logger
        lock = try FolderLock(folder: folder)
        reserve = Reserve(folder: folder)
        let opened: OpenedLog
        do {
            opened = try OpenedLog(
                folder: folder, previousEnd: lock.previousEnd, options: options, logger: logger)
        } catch {
            // Whatever is the matter, the next start should look closely, unless this was the first one.
            lock.release(clean: lock.previousEnd == .clean)
            throw EventLogError(opening: folder, error)
        }
        pool = opened.pool
        checkpoints = opened.checkpoints
        salvage = opened.salvage
        state = Mutex(opened.state)
        reserve.keep()
        startSweep()
    }

    deinit { sweep.withLock { $0?.cancel() } }

    /// Events also grow too old while nobody appends; what was appended is to reach the disk; and what is not needed is
    /// to be given back.
    private func startSweep() {
        let task = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1), tolerance: .seconds(1))
                guard !Task.isCancelled, let self else { return }
                self.state.withLock { $0.isRemovingPaused = false }
                self.wakeWriter()
                if self.options.flushing == .normal { self.checkpoints.run() }
                await self.giveRoomBack()
                self.reserve.keep()
            }
        }
        sweep.withLock { $0 = task }
    }

    package func append(_ events: [Event]) async throws -> [SequenceNumber] {
        guard !events.isEmpty else { return [] }
        return try await withCheckedThrowingContinuation { continuation in
            do {
                try enqueue(PendingAppend(events: events) { continuation.resume(with: $0) })
                wakeWriter()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    package func append(
        _ events: [Event], later: @escaping @Sendable (Result<[SequenceNumber], any Error>) -> Void
    ) throws -> [SequenceNumber]? {
        guard !events.isEmpty else { return [] }
        try enqueue(PendingAppend(events: events, answer: later))
        return nil
    }

    package func proceed() { wakeWriter() }

    private func enqueue(_ append: PendingAppend) throws(EventLogError) {
        let isOpen = state.withLock { state in
            guard !state.isClosed else { return false }
            state.pending.append(append)
            return true
        }
        guard isOpen else { throw .closed }
    }

    /// Lets go now of all that is beyond the limits, instead of bit by bit.
    package func keepToLimits() async {
        wakeWriter()
        while state.withLock({ $0.isWriting }) {
            await withCheckedContinuation { continuation in
                pool.asyncWriteWithoutTransaction { _ in continuation.resume() }
            }
        }
    }

    private func wakeWriter() {
        let isAsleep = state.withLock { state in
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if isAsleep { pool.asyncWriteWithoutTransaction { [self] in write($0) } }
    }

    package func head() -> SequenceNumber { state.withLock { $0.head } }

    package func oldest() -> SequenceNumber? { state.withLock { $0.places?.oldest.sequence } }

    package func contents() -> LogContents? {
        state.withLock { state in
            guard let places = state.places else { return nil }
            return LogContents(
                oldest: places.oldest, newest: places.newest, events: Int(state.newest.ordinal - state.removed.ordinal),
                bytes: Int(state.newest.total - state.removed.total))
        }
    }

    package func tail() -> AsyncStream<SequenceNumber> {
        let (stream, continuation, reader) = state.withLock { $0.readers.add(head: $0.head) }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.readers.remove(reader) } }
        return stream
    }

    /// Something in the file is not what was written: the next start looks at all of it, however this process ends.
    ///
    /// - Parameter place: where, or in which words; logged the first time.
    func foundDamage(_ place: Logger.Metadata) {
        let isNews = state.withLock { state in
            guard !state.isDamaged else { return false }
            state.isDamaged = true
            // Closed, the lock may be another process's.
            if !state.isClosed { lock.tellDamage() }
            return true
        }
        guard isNews else { return }
        logger.error("event log is damaged; the next start will save what can be read", metadata: place)
    }

    package func close() async {
        let (isFirst, readers) = state.withLock { state in
            defer { state.isClosed = true }
            return (!state.isClosed, state.readers.finish())
        }
        for reader in readers { reader.finish() }
        guard isFirst else { return }
        sweep.withLock { $0?.cancel() }
        // Something may still wait for `proceed()`.
        wakeWriter()
        // Behind the writer's last turn and the last reader, on the writer's thread.
        await withCheckedContinuation { continuation in
            pool.asyncBarrierWriteWithoutTransaction { _ in continuation.resume() }
        }
        let isInOrder = closeFile()
        reserve.keepRest()
        lock.release(clean: isInOrder)
    }

    /// - Returns: whether the file is in order.
    private func closeFile() -> Bool {
        do {
            // Before the last checkpoint, which would wait for it.
            try checkpoints.close()
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                let row = state.withLock { LogRow(next: $0.newest.sequence + 1, removed: $0.removed) }
                if let before = try LogRow.read(from: database), before.next < row.next {
                    try row.write(to: database)
                }
                try database.checkpoint(.truncate)
            }
            try pool.close()
            return !state.withLock { $0.isDamaged }
        } catch {
            logger.error("event log was not closed properly", metadata: ["error": "\(error)"])
            return false
        }
    }
}
