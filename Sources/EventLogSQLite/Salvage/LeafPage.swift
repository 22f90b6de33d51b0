internal import EventLog

/// A page that may hold rows of a table, read as the file format has it
/// (https://www.sqlite.org/fileformat2.html#b_tree_pages) and trusted in nothing.
struct LeafPage {
    let bytes: [UInt8]

    /// Where the rows of the page may begin; empty for a page that holds none.
    var cells: [Int] {
        guard bytes.count == LogFile.pageSize, bytes[0] == 0x0d else { return [] }
        let count = min(bytes.number16(at: 3), (bytes.count - 8) / 2)
        return (0..<count).map { bytes.number16(at: 8 + 2 * $0) }.filter { $0 < bytes.count }
    }

    /// The record at this place and the row's number, if it has the shape of a row of the log; whether it is one is for
    /// its checksum to say.
    ///
    /// - Parameter overflow: finds the page of a number, for what does not fit this one. Where there is no such page, the
    ///   record is cut off.
    func record(
        at cell: Int, overflow: (UInt32) throws(EventLogError) -> [UInt8]?
    ) throws(EventLogError) -> (number: Int64, record: Record)? {
        var offset = cell
        guard let size = bytes.varint(at: &offset), let number = bytes.varint(at: &offset), size > 0,
            size < 1 << 31, number > 0
        else { return nil }
        // How much of the payload is in the page: https://www.sqlite.org/fileformat2.html#cell_payload
        let usable = LogFile.pageSize
        let (most, least) = (usable - 35, (usable - 12) * 32 / 255 - 23)
        var local = Int(size)
        if local > most {
            let rest = least + (local - least) % (usable - 4)
            local = rest <= most ? rest : least
        }
        guard offset + local + (local < size ? 4 : 0) <= bytes.count else { return nil }
        // The shape is checked before any other page is read: nonsense must not lead through the whole file.
        guard let shape = Record.Shape(bytes[offset..<offset + local], size: Int(size)) else { return nil }
        var payload = Array(bytes[offset..<offset + local])
        guard local < size else { return (number, Record(shape: shape, payload: payload)) }
        payload.reserveCapacity(Int(size))
        var next = bytes.number32(at: offset + local)
        while payload.count < size {
            guard next > 0, let page = try overflow(next), page.count == usable else { break }
            next = page.number32(at: 0)
            payload += page[4..<4 + min(usable - 4, Int(size) - payload.count)]
        }
        return (number, Record(shape: shape, payload: payload))
    }
}

/// The columns of a row, as stored (https://www.sqlite.org/fileformat2.html#record_format).
struct Record {
    /// Which columns there are.
    struct Shape {
        /// The serial type of each column.
        let types: [Int]
        let headerBytes: Int
        let size: Int

        /// Nil unless the columns are those of a row of `runs`, `log` or `events` and take just `size` bytes.
        init?(_ start: ArraySlice<UInt8>, size: Int) {
            var offset = start.startIndex
            guard let headerBytes = start.varint(at: &offset), headerBytes < 64 else { return nil }
            let end = start.startIndex + Int(headerBytes)
            guard headerBytes > 1, end <= start.endIndex else { return nil }
            var types: [Int] = []
            while offset < end, types.count < 16 {
                guard let type = start.varint(at: &offset), 0..<1 << 32 ~= type else { return nil }
                types.append(Int(type))
            }
            let bytes = types.reduce(Int(headerBytes)) { $0 &+ Self.bytes(of: $1) }
            guard offset == end, bytes == size, Self.isRun(types) || Self.isLog(types) || Self.isEvent(types) else {
                return nil
            }
            self.types = types
            self.headerBytes = Int(headerBytes)
            self.size = size
        }

        static func bytes(of type: Int) -> Int {
            switch type {
            case 1...4: type
            case 5: 6
            case 6, 7: 8
            case 12...: (type - 12) / 2
            default: 0
            }
        }

        private static func isNumber(_ type: Int) -> Bool { 1...6 ~= type || 8...9 ~= type }

        private static func isBlob(_ type: Int) -> Bool { type >= 12 && type % 2 == 0 }

        private static func isRun(_ types: [Int]) -> Bool {
            types.count == 10 && types[0] == 0 && types[1...7].allSatisfy(isNumber) && types[8...9].allSatisfy(isBlob)
                && Self.bytes(of: types[8]) % EventRun.Entry.size == 0
        }

        private static func isEvent(_ types: [Int]) -> Bool {
            types.count == 9 && types[0] == 0 && types[1] == 44 && types[2...6].allSatisfy(isNumber)
                && (types[7] == 0 || types[7] >= 13 && types[7] % 2 == 1) && isBlob(types[8])
        }

        private static func isLog(_ types: [Int]) -> Bool {
            types.count == 6 && types[0] == 0 && types[1...5].allSatisfy(isNumber)
        }
    }

    let shape: Shape
    /// As far as it could be read.
    let payload: [UInt8]

    private var isWhole: Bool { payload.count == shape.size }

    /// The run, if this is the row of one and what it says is as it was written.
    func run(number: Int64) -> EventRun? {
        guard shape.types.count == 10, payload.count >= range(of: 8).upperBound else { return nil }
        let entries = bytes(8)
        let words = stride(from: entries.startIndex, to: entries.endIndex, by: 8).map { word(entries[$0..<$0 + 8]) }
        return EventRun(
            first: number, count: integer(1), least: integer(2), reached: integer(3), ordinal: integer(4),
            total: integer(5),
            missing: integer(6), checksum: integer(7), entries: words.map(\.bigEndian))
    }

    /// The events of a run that are as they were written.
    func events(of run: EventRun) -> [EventRow] {
        var rows: [EventRow] = []
        var mark = run.start
        // Bytes of numbers, without padding.
        let bytes = unsafe payload.span.bytes.extracting(min(range(of: 9).lowerBound, payload.count)..<payload.count)
        run.forEachEvent(from: 0, in: bytes) { index, event in
            mark.pass(run.first + Int64(index), envelopeBytes: run[index].envelopeBytes)
            if let event {
                rows.append(
                    EventRow(
                        sequence: mark.sequence, event: event, ordinal: mark.ordinal, total: mark.total,
                        missing: index == 0 ? run.missing : 0))
            }
            return true
        }
        return rows
    }

    /// The event, if this is the row of one in the first format, and as it was written.
    func eventRow(number: Int64) -> EventRow? {
        guard shape.types.count == 9, isWhole else { return nil }
        let id = bytes(1)
        let text = shape.types[7] == 0 ? nil : String(validating: bytes(7), as: UTF8.self)
        let row = EventRow(
            sequence: number,
            event: Event(
                id: EventID(high: word(id.prefix(8)), low: word(id.suffix(8))), time: integer(2),
                envelope: Array(bytes(8)), deduplicationID: text),
            ordinal: integer(3), total: integer(4), missing: integer(5))
        return row.checksum == integer(6) ? row : nil
    }

    /// The log's own row, if this is one and as it was written.
    var logRow: LogRow? {
        guard shape.types.count == 6, isWhole else { return nil }
        let row = LogRow(
            next: integer(1), removed: LogMark(sequence: integer(2), ordinal: integer(3), total: integer(4)))
        return row.checksum == integer(5) ? row : nil
    }

    private func range(of column: Int) -> Range<Int> {
        let start = shape.types[..<column].reduce(shape.headerBytes) { $0 + Shape.bytes(of: $1) }
        return start..<start + Shape.bytes(of: shape.types[column])
    }

    private func bytes(_ column: Int) -> ArraySlice<UInt8> { payload[range(of: column)] }

    private func integer(_ column: Int) -> Int64 {
        let bytes = bytes(column)
        // The constants 0 and 1 have types of their own, and no bytes.
        guard let first = bytes.first else { return shape.types[column] == 9 ? 1 : 0 }
        return bytes.reduce(first >= 0x80 ? -1 : 0) { $0 << 8 | Int64($1) }
    }

    private func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// A number of one to nine bytes, seven bits each but for the ninth byte; nil when it does not end in here.
    fileprivate func varint(at offset: inout Int) -> Int64? {
        var value: UInt64 = 0
        for index in 0..<9 {
            guard indices.contains(offset) else { return nil }
            let byte = self[offset]
            offset += 1
            if index == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
            value = value << 7 | UInt64(byte & 0x7f)
            if byte < 0x80 { break }
        }
        return Int64(bitPattern: value)
    }
}
