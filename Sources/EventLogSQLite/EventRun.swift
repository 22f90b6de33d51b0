internal import EventLog

/// Events that follow each other, which share a row of the table `runs`: what the row says about them. Their bytes are a
/// column of their own, so that finding an event reads none of them.
///
/// A row costs the same for one event as for fifty: a run holds all that one transaction appends, up to a bound.
struct EventRun {
    /// The number of the first event; those of the others follow without a gap.
    var first: Int64 = 0
    /// How many events the log had stored before the first one, and their bytes: what lies between two runs is known
    /// without looking at it, also across skipped numbers.
    var ordinal: Int64 = 0
    var total: Int64 = 0
    /// How many events right before the first one were lost by damage; -1 for an unknown number. Nearly always 0.
    var missing: Int64 = 0
    /// The least time in an id of the run.
    private(set) var least = Int64.max
    /// The greatest time in an id of the run or of any before it. Zero when there is none, as no id is from before 1970.
    private(set) var reached: Int64 = 0
    /// For each event as many words as `Entry.words`, little-endian.
    private(set) var entries: [UInt64] = []

    /// What the run says of an event: everything but its bytes.
    struct Entry {
        let id: EventID
        let time: Int64
        /// Of the event's bytes: the envelope, and behind it the deduplication id.
        let checksum: Int64
        let envelopeBytes: Int
        /// Nil for an event without one.
        let deduplicationIDBytes: Int?

        /// Two for the id, the time, the checksum, and the two lengths in one.
        static let words = 5
        static let size = words * 8

        /// How many bytes the event has in the run's other column.
        var bytes: Int { envelopeBytes + (deduplicationIDBytes ?? 0) }
    }

    var count: Int { entries.count / Entry.words }

    /// The number behind the last one.
    var end: Int64 { first + Int64(count) }

    /// Where the events above a number begin; `count` when there is none.
    func index(after sequence: Int64) -> Int {
        sequence < first ? 0 : Int(min(sequence - first, Int64(count - 1))) + 1
    }

    /// The number and the id of an event.
    func place(at index: Int) -> LogContents.Place {
        LogContents.Place(sequence: SequenceNumber(rawValue: UInt64(first + Int64(index))), id: self[index].id)
    }

    subscript(index: Int) -> Entry {
        let start = index * Entry.words
        func word(_ offset: Int) -> UInt64 { UInt64(littleEndian: entries[start + offset]) }
        let lengths = word(4)
        return Entry(
            id: EventID(high: word(0), low: word(1)), time: Int64(bitPattern: word(2)),
            checksum: Int64(bitPattern: word(3)), envelopeBytes: Int(lengths & 0xffff_ffff),
            deduplicationIDBytes: lengths >> 32 == 0 ? nil : Int(lengths >> 32) - 1)
    }

    /// The place before the first event; if numbers were skipped there, the last one of these.
    var start: LogMark { LogMark(sequence: first - 1, ordinal: ordinal, total: total) }

    /// The place of the last event.
    var mark: LogMark {
        (0..<count).reduce(into: start) { $0.pass(first + Int64($1), envelopeBytes: self[$1].envelopeBytes) }
    }

    /// Of all that the row says: what it holds of the bytes are checksums in turn.
    var checksum: Int64 {
        var checksum = RowChecksum()
        for number in [first, least, reached, ordinal, total, missing] { checksum.add(number) }
        // Bytes of numbers, without padding.
        unsafe checksum.add(entries.span.bytes)
        return checksum.value
    }

    /// Before the first run of a log, or behind one whose ids reach some time.
    init(reached: Int64) {
        self.reached = reached
    }

    /// Empties it, and keeps its memory.
    ///
    /// - Parameter newest: the last event before it, up to which ids reach `reached`.
    mutating func begin(at sequence: Int64, after newest: LogMark, missing: Int64) {
        (first, ordinal, total, self.missing) = (sequence, newest.ordinal, newest.total, missing)
        least = .max
        entries.removeAll(keepingCapacity: true)
    }

    /// Adds what is said of an event, whose bytes go behind those in `bytes`.
    mutating func add(_ event: Event, bytes: inout [UInt8]) {
        var checksum = RowChecksum()
        checksum.add(event.envelope)
        bytes += event.envelope
        var lengths = UInt64(event.envelope.count)
        if let deduplicationID = event.deduplicationID {
            let text = Array(deduplicationID.utf8)
            checksum.add(text)
            bytes += text
            lengths |= UInt64(text.count + 1) << 32
        }
        entries.append(event.id.high.littleEndian)
        entries.append(event.id.low.littleEndian)
        entries.append(UInt64(bitPattern: event.time).littleEndian)
        entries.append(UInt64(bitPattern: checksum.value).littleEndian)
        entries.append(lengths.littleEndian)
        least = min(least, event.id.time)
        reached = max(reached, event.id.time)
    }
}

extension EventRun {
    /// A run as a row has it; nil when that is not what was written.
    init?(
        first: Int64, count: Int64, least: Int64, reached: Int64, ordinal: Int64, total: Int64, missing: Int64,
        checksum: Int64, entries: [UInt64]
    ) {
        (self.first, self.ordinal, self.total, self.missing) = (first, ordinal, total, missing)
        (self.least, self.reached) = (least, reached)
        self.entries = entries
        guard !entries.isEmpty, entries.count % Entry.words == 0, count == self.count, self.checksum == checksum else {
            return nil
        }
    }

    /// Reads the events from one on, whose bytes begin in `bytes` where those before it end, until `body` wants no more.
    ///
    /// - Parameter body: gets nil for an event whose bytes are not what was written.
    func forEachEvent(from start: Int, in bytes: borrowing RawSpan, _ body: (Int, Event?) -> Bool) {
        var offset = (0..<start).reduce(0) { $0 + self[$1].bytes }
        for index in start..<count {
            let entry = self[index]
            guard body(index, event(entry, at: offset, in: bytes)) else { return }
            offset += entry.bytes
        }
    }

    private func event(_ entry: Entry, at offset: Int, in bytes: borrowing RawSpan) -> Event? {
        guard offset + entry.bytes <= bytes.byteCount else { return nil }
        let envelope = bytes.array(offset..<offset + entry.envelopeBytes)
        var checksum = RowChecksum()
        checksum.add(envelope)
        var deduplicationID: String?
        if entry.deduplicationIDBytes != nil {
            let text = bytes.array(offset + entry.envelopeBytes..<offset + entry.bytes)
            checksum.add(text)
            deduplicationID = String(validating: text, as: UTF8.self)
        }
        guard checksum.value == entry.checksum else { return nil }
        return Event(id: entry.id, time: entry.time, envelope: envelope, deduplicationID: deduplicationID)
    }
}

extension RawSpan {
    /// A copy of some of the bytes.
    fileprivate func array(_ range: Range<Int>) -> [UInt8] {
        let part = extracting(range)
        // The pointer is read only while the span lends the bytes.
        return unsafe part.withUnsafeBytes { unsafe [UInt8]($0) }
    }
}
