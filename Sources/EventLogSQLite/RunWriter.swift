internal import EventLog
internal import GRDB

/// Packs events into runs and stores these, in one transaction.
struct RunWriter {
    /// Bytes of a run, unless a single event has more. Larger ones gain nothing that can be measured (100 events of 700
    /// bytes in a transaction: 8 KiB 2.7 µs for each, 16 KiB 1.9, 32 KiB 1.7, 64 KiB 1.8; a row for each 4.0), and all of
    /// a run that holds one wanted event is read.
    private static let bytesMax = 32 << 10
    /// And when there are not enough events to fill a page with, since rows of half a page and more leave the rest of it
    /// empty: up to 85 % more than their bytes, instead of 14 %.
    private static let smallBytesMax = 2 << 10

    private let statement: SQLStatement
    private var run: EventRun
    private var bytes: [UInt8] = []
    private var bytesMax = Self.bytesMax
    /// Bytes of events that are still to come.
    private var bytesToCome: Int
    /// The last event that was added, and what the log has stored with it.
    private(set) var newest: LogMark

    /// - Parameters:
    ///   - newest: the last event in the log.
    ///   - reached: the greatest time in an id up to there.
    ///   - bytesToCome: the sum of `size(of:)`, if it is known.
    init(_ database: Database, after newest: LogMark, reached: Int64 = 0, bytesToCome: Int = .max) throws {
        run = EventRun(reached: reached)
        statement = try SQLStatement.insertingRuns(database)
        self.newest = newest
        self.bytesToCome = bytesToCome
    }

    /// The greatest time in an id up to the newest event.
    var reached: Int64 { run.reached }

    /// The room that an event takes in a run.
    static func size(of event: Event) -> Int {
        EventRun.Entry.size + event.envelope.count + (event.deduplicationID?.utf8.count ?? 0)
    }

    /// - Parameters:
    ///   - sequence: above all before it.
    ///   - missing: as in `EventRun`.
    mutating func add(_ event: Event, at sequence: Int64, missing: Int64 = 0) throws {
        let size = Self.size(of: event)
        let isFull = bytes.count + run.entries.count * 8 + size > bytesMax
        if isFull || sequence != run.end || missing != 0 { try finish() }
        if run.count == 0 {
            bytesMax = bytesToCome < LogFile.pageSize * 7 / 8 ? Self.smallBytesMax : Self.bytesMax
            run.begin(at: sequence, after: newest, missing: missing)
        }
        run.add(event, bytes: &bytes)
        bytesToCome -= size
        newest.pass(sequence, envelopeBytes: event.envelope.count)
    }

    /// Stores what was added last.
    mutating func finish() throws {
        guard run.count > 0 else { return }
        try statement.insert(run, bytes: bytes)
        run.begin(at: 0, after: newest, missing: 0)
        bytes.removeAll(keepingCapacity: true)
    }
}
