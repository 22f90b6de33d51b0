internal import EventLog
internal import GRDB

/// Saves every event of a damaged log that can still be read.
///
/// Does not ask SQLite, which finds rows only through pages that may be gone: each page of the file and of its
/// write-ahead log that looks like rows is read, and an event is taken if the checksum of what its run says and its own
/// are right. So the loss is the events with a damaged byte; all of a run when what it says is damaged, which is behind
/// the start of its row; those from a page on when the way through the run's pages is damaged there; and the runs of a
/// page whose own header is. An event whose append was never answered may come back as well.
///
/// Cost: two readings of the file, 32 bytes of memory for each run, and room on the disk for what is saved.
struct Salvage {
    /// Where a row with events was found.
    private struct Finding {
        /// The number of its first event.
        let sequence: Int64
        /// The page of the database, counted from 0; a frame of the write-ahead log as -1, -2 and so on.
        let page: Int
        let cell: Int
    }

    private let target: LogFile
    private let database: PlainFile?
    private let wal: PlainFile?
    /// The newest frame of each page in the write-ahead log, counted from 0.
    private var frames: [UInt32: Int] = [:]

    private let pageSize = LogFile.pageSize
    private let frameSize = WriteAheadLog.frameHeaderBytes + LogFile.pageSize

    init(_ target: LogFile) throws {
        self.target = target
        database = try PlainFile(target.path)
        wal = try PlainFile(target.walPath)
        for frame in 0..<frameCount {
            let header = try wal?.read(at: WriteAheadLog.headerBytes + frame * frameSize, count: 4) ?? []
            if header.count == 4 { frames[header.number32(at: 0)] = frame }
        }
    }

    private var frameCount: Int { max(0, (wal?.size ?? 0) - WriteAheadLog.headerBytes + frameSize - 1) / frameSize }

    /// Puts a new file with all that can be read in the place of the damaged one, which is moved aside.
    ///
    /// - Parameter reason: what is wrong with it.
    func run(reason: String) throws -> SalvageReport {
        let (found, log) = try find()
        let findings = found.sorted { ($0.sequence, $0.page) < ($1.sequence, $1.page) }
        var losses: [SalvageReport.Loss] = []
        var saved = 0
        var newest: LogMark?
        let damagedFile = try target.replace { database in
            let writer = try SavedEvents(database, known: log)
            var index = 0
            while index < findings.count {
                try database.inTransaction {
                    let end = min(index + 4_096, findings.count)
                    while index < end {
                        let copies = findings[index...].prefix { $0.sequence == findings[index].sequence }
                        for row in try rows(of: copies) { try writer.add(row) }
                        index += copies.count
                    }
                    return .commit
                }
            }
            try writer.finish()
            try writer.log.write(to: database)
            (losses, saved, newest) = (writer.losses, writer.saved, writer.newest)
        }
        return SalvageReport(
            reason: reason, saved: saved, losses: losses,
            newest: newest.map { SequenceNumber(rawValue: UInt64($0.sequence)) }, damagedFile: damagedFile ?? "")
    }

    /// Looks at every page.
    private func find() throws -> (findings: [Finding], log: LogRow?) {
        var findings: [Finding] = []
        var log: LogRow?
        let pages = ((database?.size ?? 0) + pageSize - 1) / pageSize
        for page in -frameCount..<pages {
            let leaf = LeafPage(bytes: try bytes(at: page))
            for cell in leaf.cells {
                for (number, record) in try records(in: leaf, at: cell) {
                    if record.run(number: number) != nil || record.eventRow(number: number) != nil {
                        findings.append(Finding(sequence: number, page: page, cell: cell))
                        break
                    } else if let row = record.logRow {
                        log = LogRow(
                            next: max(row.next, log?.next ?? 0),
                            removed: row.removed.sequence > log?.removed.sequence ?? -1 ? row.removed : log!.removed)
                    }
                }
            }
        }
        return (findings, log)
    }

    /// The events that the copies of a row have among them: one may be damaged where another is not.
    private func rows(of copies: some Sequence<Finding>) throws -> [EventRow] {
        var rows: [Int64: EventRow] = [:]
        search: for finding in copies {
            let leaf = LeafPage(bytes: try bytes(at: finding.page))
            for (number, record) in try records(in: leaf, at: finding.cell) {
                let run = record.run(number: number)
                let found = run.map(record.events) ?? record.eventRow(number: number).map { [$0] } ?? []
                rows.merge(found.map { ($0.sequence, $0) }) { first, _ in first }
                if let run, rows.count >= run.count { break search }
            }
        }
        return rows.values.sorted { $0.sequence < $1.sequence }
    }

    /// What is at a place. A row that continues on other pages is put together from their newest versions, and also from
    /// those in the database alone: it may be an old row that was left behind.
    private func records(in leaf: LeafPage, at cell: Int) throws -> [(number: Int64, record: Record)] {
        var isContinued = false
        let newest = try leaf.record(at: cell) { number throws(EventLogError) in
            isContinued = true
            return try bytes(at: frames[number].map { -1 - $0 } ?? Int(number) - 1)
        }
        guard isContinued, !frames.isEmpty else { return newest.map { [$0] } ?? [] }
        let oldest = try leaf.record(at: cell) { number throws(EventLogError) in try bytes(at: Int(number) - 1) }
        return [newest, oldest].compactMap(\.self)
    }

    private func bytes(at page: Int) throws(EventLogError) -> [UInt8] {
        if page >= 0 { return try database?.read(at: page * pageSize, count: pageSize) ?? [] }
        let frame = WriteAheadLog.headerBytes + (-1 - page) * frameSize
        return try wal?.read(at: frame + WriteAheadLog.frameHeaderBytes, count: pageSize) ?? []
    }
}

/// Writes events, which come in their order, into a new file, and keeps the account of what is missing between them.
private final class SavedEvents {
    private(set) var losses: [SalvageReport.Loss] = []
    private(set) var saved = 0
    private(set) var log: LogRow
    private let database: Database
    private let isStartKnown: Bool
    /// The ordinal that the last event had in the damaged file.
    private var lastOrdinal: Int64
    /// Nil until there is an event.
    private var writer: RunWriter?

    /// - Parameter known: the log's own row, if it was found.
    init(_ database: Database, known: LogRow?) throws {
        self.database = database
        log = known ?? LogRow()
        isStartKnown = known != nil
        lastOrdinal = log.removed.ordinal
    }

    var newest: LogMark? { writer?.newest }

    func add(_ row: EventRow) throws {
        // Pages that are not in use still hold what has left, and older versions of what has not.
        guard row.sequence > max(log.removed.sequence, newest?.sequence ?? 0) else { return }
        if newest == nil, !isStartKnown, row.ordinal > 1 {
            // What came before may have left or be lost: either way it is gone.
            log.removed = LogMark(
                sequence: row.sequence - 1, ordinal: row.ordinal - 1,
                total: row.total - Int64(row.event.envelope.count))
            lastOrdinal = log.removed.ordinal
        }
        let lost = max(0, row.ordinal - lastOrdinal - 1)
        if lost > 0 {
            losses.append(
                SalvageReport.Loss(
                    after: SequenceNumber(rawValue: UInt64(newest?.sequence ?? 0)),
                    before: SequenceNumber(rawValue: UInt64(row.sequence)), events: Int(lost)))
        }
        var writer = try self.writer ?? RunWriter(database, after: log.removed)
        self.writer = nil
        try writer.add(row.event, at: row.sequence, missing: row.missing < 0 ? row.missing : row.missing + lost)
        self.writer = writer
        lastOrdinal = max(lastOrdinal, row.ordinal)
        saved += 1
    }

    func finish() throws { try writer?.finish() }
}
