internal import EventLog
internal import GRDB

/// Saves every row of a damaged log that can still be read.
///
/// Does not ask SQLite, which finds rows only through pages that may be gone: each page of the file and of its
/// write-ahead log that looks like rows is read, and a row is taken if its checksum says that it is whole. So the loss is
/// the rows with a damaged byte, and those of a page whose own header is damaged. An event whose append was never
/// answered may come back as well.
///
/// Cost: two readings of the file, 32 bytes of memory for each event, and room on the disk for what is saved.
struct Salvage {
    /// Where a row was found.
    private struct Finding {
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
            let writer = SavedRows(known: log)
            var index = 0
            while index < findings.count {
                try database.inTransaction {
                    let end = min(index + 4_096, findings.count)
                    for finding in findings[index..<end] {
                        guard let row = try row(at: finding) else { continue }
                        try writer.add(row, to: database)
                    }
                    index = end
                    return .commit
                }
            }
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
                guard let (number, record) = try record(in: leaf, at: cell) else { continue }
                if record.eventRow(number: number) != nil {
                    findings.append(Finding(sequence: number, page: page, cell: cell))
                } else if let row = record.logRow {
                    log = LogRow(
                        next: max(row.next, log?.next ?? 0),
                        removed: row.removed.sequence > log?.removed.sequence ?? -1 ? row.removed : log!.removed)
                }
            }
        }
        return (findings, log)
    }

    private func row(at finding: Finding) throws -> EventRow? {
        let leaf = LeafPage(bytes: try bytes(at: finding.page))
        guard let (number, record) = try record(in: leaf, at: finding.cell) else { return nil }
        return record.eventRow(number: number)
    }

    /// A row that continues on other pages is put together from their newest versions or, if that gives none that is
    /// whole, from those in the database alone: it may be an old row that was left behind.
    private func record(in leaf: LeafPage, at cell: Int) throws -> (number: Int64, record: Record)? {
        let newest = try leaf.record(at: cell) { number throws(EventLogError) in
            try bytes(at: frames[number].map { -1 - $0 } ?? Int(number) - 1)
        }
        guard let newest, newest.record.payload.count > pageSize / 2, !frames.isEmpty,
            newest.record.eventRow(number: newest.number) == nil
        else { return newest }
        return try leaf.record(at: cell) { number throws(EventLogError) in try bytes(at: Int(number) - 1) }
    }

    private func bytes(at page: Int) throws(EventLogError) -> [UInt8] {
        if page >= 0 { return try database?.read(at: page * pageSize, count: pageSize) ?? [] }
        let frame = WriteAheadLog.headerBytes + (-1 - page) * frameSize
        return try wal?.read(at: frame + WriteAheadLog.frameHeaderBytes, count: pageSize) ?? []
    }
}

/// Writes rows, which come in their order, into a new file, and keeps the account of what is missing between them.
private final class SavedRows {
    private(set) var losses: [SalvageReport.Loss] = []
    private(set) var saved = 0
    private(set) var newest: LogMark?
    private(set) var log: LogRow
    private let isStartKnown: Bool
    /// The ordinal that the last row had in the damaged file.
    private var lastOrdinal: Int64

    /// - Parameter known: the log's own row, if it was found.
    init(known: LogRow?) {
        log = known ?? LogRow()
        isStartKnown = known != nil
        lastOrdinal = log.removed.ordinal
    }

    func add(_ row: EventRow, to database: Database) throws {
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
        let previous = newest ?? log.removed
        var copy = row
        copy.ordinal = previous.ordinal + 1
        copy.total = previous.total + Int64(row.event.envelope.count)
        if lost > 0, row.missing >= 0 { copy.missing = row.missing + lost }
        do {
            try SQLStatement.inserting(database).insert(copy)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            // The same event under another number, from an append that failed.
            return
        }
        if lost > 0 {
            losses.append(
                SalvageReport.Loss(
                    after: SequenceNumber(rawValue: UInt64(newest?.sequence ?? 0)),
                    before: SequenceNumber(rawValue: UInt64(row.sequence)), events: Int(lost)))
        }
        lastOrdinal = max(lastOrdinal, row.ordinal)
        newest = copy.mark
        saved += 1
    }
}
