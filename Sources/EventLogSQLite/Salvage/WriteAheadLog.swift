internal import EventLog

/// A write-ahead log as SQLite writes it (https://www.sqlite.org/fileformat2.html#the_write_ahead_log), read without
/// SQLite, which takes whatever it does not understand for the end.
struct WriteAheadLog {
    static let headerBytes = 32
    static let frameHeaderBytes = 24

    private let file: PlainFile?

    init(_ path: String) throws(EventLogError) {
        file = try PlainFile(path)
    }

    /// False when a commit stands behind what SQLite would take for the end: then a page in the midst is damaged, and
    /// what follows would be lost without a word. What a write leaves behind that was interrupted, or found the disk full,
    /// is sound: it never came to its commit.
    var isSound: Bool {
        get throws(EventLogError) {
            guard let file, file.size > 0 else { return true }
            let header = try file.read(at: 0, count: Self.headerBytes)
            guard header.count == Self.headerBytes else { return true }
            let magic = header.number32(at: 0)
            var sum = WALSum(isBigEndian: magic & 1 == 1)
            sum.add(header[0..<24])
            guard magic & ~1 == 0x377f_0682, header.number32(at: 8) == UInt32(LogFile.pageSize),
                sum.matches(header, at: 24)
            else { return false }
            let salts = header[16..<24]
            var isAtEnd = false
            var offset = Self.headerBytes
            while true {
                let frame = try file.read(at: offset, count: Self.frameHeaderBytes + LogFile.pageSize)
                guard frame.count == Self.frameHeaderBytes + LogFile.pageSize else { return true }
                let isOfThisRun = frame[8..<16] == salts
                let isCommit = frame.number32(at: 4) > 0
                if isAtEnd, isOfThisRun, isCommit { return false }
                if !isAtEnd {
                    sum.add(frame[0..<8])
                    sum.add(frame[Self.frameHeaderBytes...])
                    isAtEnd = !isOfThisRun || !sum.matches(frame, at: 16)
                }
                offset += Self.frameHeaderBytes + LogFile.pageSize
            }
        }
    }
}

/// The checksum that runs through a write-ahead log.
private struct WALSum {
    let isBigEndian: Bool
    private var first: UInt32 = 0
    private var second: UInt32 = 0

    init(isBigEndian: Bool) {
        self.isBigEndian = isBigEndian
    }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        for offset in stride(from: bytes.startIndex, to: bytes.endIndex, by: 8) {
            let (even, odd) = (bytes.number32(at: offset), bytes.number32(at: offset + 4))
            first &+= (isBigEndian ? even : even.byteSwapped) &+ second
            second &+= (isBigEndian ? odd : odd.byteSwapped) &+ first
        }
    }

    func matches(_ bytes: [UInt8], at offset: Int) -> Bool {
        bytes.number32(at: offset) == first && bytes.number32(at: offset + 4) == second
    }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// Two bytes, big-endian.
    func number16(at offset: Int) -> Int { Int(self[offset]) << 8 | Int(self[offset + 1]) }

    /// Four bytes, big-endian.
    func number32(at offset: Int) -> UInt32 {
        UInt32(number16(at: offset)) << 16 | UInt32(number16(at: offset + 2))
    }
}
