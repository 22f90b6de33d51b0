/// The check of one block of 64 bytes after the other, and what is carried between them: strings, then the grammar of
/// structure, then numbers and literals.
@safe
struct BlockScan<Structure: StructureScan> {
    /// The block; readable to 16 bytes behind it.
    var address: UnsafePointer<UInt8>
    /// Its offset in the event's bytes.
    var offset: Int
    /// Whether the event's end has been found.
    private(set) var isOver = false
    var structure: Structure
    private let rare: UnsafeMutablePointer<RareScan>

    /// All ones while inside a string.
    private var inString: UInt64 = 0
    private var escaped: UInt64 = 0
    /// Whether the last byte belonged to a number or literal.
    private var inScalar: UInt64 = 0
    private var number: NumberScan

    /// Begins behind the opening brace of an event, at `address` and `offset`.
    init(
        address: UnsafePointer<UInt8>, offset: Int, structure: Structure, rare: UnsafeMutablePointer<RareScan>
    ) {
        unsafe self.address = address
        self.offset = offset
        self.structure = structure
        unsafe self.rare = rare
        number = unsafe NumberScan(rare: rare)
    }

    /// Checks the block, and leaves the places of its quotes in `word`. Returns whether nothing is wrong up to the event's
    /// end; that is in this block if ``isOver``.
    @inline(__always)
    mutating func scan(quotes word: UnsafeMutablePointer<UInt64>) -> Bool {
        let block = unsafe ByteBlock(at: address)
        var quotes = block.equal(to: UInt8(ascii: "\""))
        var lineSpaces: UInt64 = 0
        var escapes: UInt64 = 0
        let isMoreThanPlain = block.isMoreThanPlain
        if isMoreThanPlain || escaped != 0 {
            let found = unsafe Self.escapesAndLineSpaces(at: address, escaped)
            quotes &= ~found.escaped
            escaped = found.escapes &>> 63
            escapes = found.escapes
            lineSpaces = found.lineSpaces
        }
        let inString = BitRuns.betweenPairs(quotes) ^ self.inString
        self.inString = UInt64(bitPattern: Int64(bitPattern: inString) &>> 63)
        unsafe word.pointee = quotes

        let strings = unsafe StringBlock(
            bytes: block, address: address, offset: offset, quotes: quotes, inString: inString, lineSpaces: lineSpaces)
        guard let found = structure.scan(strings, inScalar: inScalar) else { return false }
        isOver = found.isEnd

        var wrong: UInt64 = 0
        if found.scalars | inScalar != 0 {
            wrong = unsafe number.check(found, of: ByteBlock(at: address), at: address)
            inScalar = found.scalars &>> 63
            if found.scalars == ~0 { unsafe rare.pointee.lengths.noteScalarBlock() }
        }
        if isMoreThanPlain {
            // The mask anew, so that the block need not be kept.
            let block = unsafe ByteBlock(at: address)
            let inString = inString & found.live
            wrong |= block.control & inString
            guard
                unsafe rare.pointee.text.check(
                    at: address, offset: offset, escapes: escapes & inString, nonASCII: block.nonASCII & inString)
            else { return false }
        }
        if inString == ~0 { unsafe rare.pointee.lengths.noteStringBlock(offset) }
        return wrong == 0
    }

    /// What few blocks have: backslashes that begin an escape, what these escape, and white space other than
    /// U+0020. `escaped` is 1 if the first byte of the block is escaped.
    ///
    /// A function by itself, as the compiler would carry a vector of single bits out of the branch that asks for it.
    @inline(never)
    private static func escapesAndLineSpaces(
        at address: UnsafePointer<UInt8>, _ escaped: UInt64
    ) -> (escapes: UInt64, escaped: UInt64, lineSpaces: UInt64) {
        let block = unsafe ByteBlock(at: address)
        let backslashes = block.equal(to: UInt8(ascii: "\\"))
        // Subtracting the starts of backslash runs from the odd positions tells which of a run's bytes are escaped
        // (Langdale and Lemire, "Parsing gigabytes of JSON per second", 3.1.1).
        let odd: UInt64 = 0xAAAA_AAAA_AAAA_AAAA
        let starts = backslashes & ~escaped
        let codes = ((starts &<< 1 | odd) &- starts) ^ odd
        let hit = codes ^ (backslashes | escaped)
        return (codes & backslashes, hit, block.equal(to: 0x0A) | block.equal(to: 0x0D) | block.equal(to: 0x09))
    }
}
