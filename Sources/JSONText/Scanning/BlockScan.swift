/// The check of one block of 64 bytes after the other, and what is carried between them.
///
/// Outside strings and white space each byte belongs to one sort of token: `[` or `{`, `]` or `}`, `,`, `:`, a quote, or
/// a scalar (number or literal). A text is well-formed if
/// - brackets pair up, and numbers, literals, escapes and UTF-8 are right;
/// - `,` and closing brackets stand exactly where a value has ended (a closing bracket also right behind its opening
///   one);
/// - `:` stands exactly where a name has ended, and names are the strings behind `{` and behind the commas of an object,
///   where nothing else may stand.
///
/// That what follows `,` `:` or `[` begins a value need not be asked: whatever else could stand there is somewhere it
/// must not be.
///
/// Each `after…` is 0 or 1: whether such a token came last, so that the first byte of the next block (behind white space)
/// is what follows it.
@safe
struct BlockScan {
    /// The block; readable to 16 bytes behind it.
    var address: UnsafePointer<UInt8>
    /// Its offset in the event's bytes.
    var offset: Int
    let open: UnsafeMutablePointer<Int32>
    var containers: UnsafeMutablePointer<EventScanner.Container>
    private(set) var containerCount = 0
    private(set) var depth = 0
    private let rare: UnsafeMutablePointer<RareScan>

    /// All ones while inside a string; inside an object.
    private var inString: UInt64 = 0
    private var inObject: UInt64 = 0
    /// Whether the string that is still open is a member's name.
    private var inName: UInt64 = 0
    private var escaped: UInt64 = 0
    private var afterValue: UInt64 = 0
    private var afterName: UInt64 = 0
    private var afterNameSign: UInt64 = 0
    private var afterOpening: UInt64 = 0
    /// Whether the last byte belonged to a number or literal.
    private var inScalar: UInt64 = 0
    private var number: NumberScan

    init(
        address: UnsafePointer<UInt8>, offset: Int, open: UnsafeMutablePointer<Int32>,
        containers: UnsafeMutablePointer<EventScanner.Container>, rare: UnsafeMutablePointer<RareScan>
    ) {
        unsafe self.address = address
        self.offset = offset
        unsafe self.open = open
        unsafe self.containers = containers
        unsafe self.rare = rare
        number = unsafe NumberScan(rare: rare)
    }

    /// Checks the block, and leaves the places of its quotes in `word`. Returns whether nothing is wrong up to the event's
    /// end; that is in this block if ``depth`` is 0.
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

        let outside = ~inString
        let commas = block.equal(to: UInt8(ascii: ",")) & outside
        let colons = block.equal(to: UInt8(ascii: ":")) & outside
        let blanks = (block.equal(to: 0x20) | lineSpaces) & outside
        // `[ ] { }` are the characters that structure uses of those with the bits 0x59 set.
        let brackets = block.equal(to: 0x7F, setting: 0x26) & outside
        var live = ~UInt64(0)
        guard let opens = pair(brackets, live: &live) else { return false }

        var tokens = Tokens(quotes: quotes, inString: inString, commas: commas, colons: colons)
        tokens.opens = opens.all
        tokens.closes = brackets & ~opens.all
        tokens.nameSigns = opens.braces | (commas & opens.objects)
        tokens.scalars = ~(inString | quotes | commas | colons | brackets | blanks)

        var wrong: UInt64 = 0
        if (tokens.scalars & live) | inScalar != 0 {
            tokens.innerScalars = tokens.scalars & (tokens.scalars &<< 1 | inScalar)
            wrong = unsafe number.check(
                tokens.scalars, inner: tokens.innerScalars, of: block, live: live, at: address)
            inScalar = tokens.scalars &>> 63
            if tokens.scalars == ~0 { unsafe rare.pointee.lengths.noteScalarBlock() }
        }
        wrong |= blanks == 0 ? check(tokens, AdjacentBytes()) : check(tokens, SpacedBytes(blanks: blanks))
        if isMoreThanPlain {
            // The mask anew, so that the block need not be kept.
            let block = unsafe ByteBlock(at: address)
            wrong |= block.control & inString
            guard
                unsafe rare.pointee.text.check(
                    at: address, offset: offset, escapes: escapes & live, nonASCII: block.nonASCII & live)
            else { return false }
        }
        if inString == ~0 { unsafe rare.pointee.lengths.noteStringBlock(offset) }
        return wrong & live == 0
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

    /// The opening brackets of a block, those of objects among them, and from which positions on, up to the next bracket,
    /// an object is the innermost container.
    private struct Openings {
        var all: UInt64 = 0
        var braces: UInt64 = 0
        var objects: UInt64
    }

    /// Pairs up the brackets up to the event's end, to which `live` is cut down. Returns nil if they do not pair up.
    @inline(__always)
    private mutating func pair(_ brackets: UInt64, live: inout UInt64) -> Openings? {
        var openings = Openings(objects: inObject)
        var rest = brackets
        while rest != 0 {
            let position = rest.trailingZeroBitCount
            let bit = rest & (0 &- rest)
            rest ^= bit
            let byte = unsafe address[position]
            let isObject: Int32
            if byte | 0x20 == UInt8(ascii: "{") {
                if depth == EventScanner.depthLimit { return nil }
                isObject = Int32(byte &>> 5 & 1)
                unsafe containers[containerCount].start = Int32(truncatingIfNeeded: offset &+ position)
                unsafe open[depth] = Int32(truncatingIfNeeded: containerCount) &<< 1 | isObject
                containerCount &+= 1
                depth &+= 1
                openings.all |= bit
                openings.braces |= bit & (0 &- UInt64(truncatingIfNeeded: isObject))
            } else {
                guard byte | 0x20 == UInt8(ascii: "}"), depth > 0 else { return nil }
                depth &-= 1
                let top = unsafe open[depth]
                if top & 1 != Int32(byte &>> 5 & 1) { return nil }
                let index = Int(top &>> 1)
                unsafe containers[index].end = Int32(truncatingIfNeeded: offset &+ position)
                unsafe containers[index].next = Int32(truncatingIfNeeded: containerCount)
                if depth == 0 {
                    live = bit | (bit &- 1)
                    break
                }
                isObject = unsafe open[depth &- 1] & 1
            }
            openings.objects =
                openings.objects & (bit &- 1) | (0 &- UInt64(truncatingIfNeeded: isObject)) & (0 &- bit)
        }
        inObject = UInt64(bitPattern: Int64(bitPattern: openings.objects) &>> 63)
        return openings
    }

    /// Where the tokens of a block are.
    private struct Tokens {
        let quotes: UInt64
        let inString: UInt64
        let commas: UInt64
        let colons: UInt64
        var opens: UInt64 = 0
        var closes: UInt64 = 0
        /// Behind these stands a name.
        var nameSigns: UInt64 = 0
        var scalars: UInt64 = 0
        /// Those right behind another one.
        var innerScalars: UInt64 = 0

        init(quotes: UInt64, inString: UInt64, commas: UInt64, colons: UInt64) {
            self.quotes = quotes
            self.inString = inString
            self.commas = commas
            self.colons = colons
        }
    }

    /// The positions at which the grammar of structure is broken.
    @inline(__always)
    private mutating func check(_ tokens: Tokens, _ next: some TokenFollowing) -> UInt64 {
        let opening = tokens.quotes & tokens.inString
        let closing = tokens.quotes & ~tokens.inString
        let namePlaces = next.following(tokens.nameSigns, &afterNameSign)
        var wrong = namePlaces & ~(opening | tokens.closes)
        // Added to the string's bits, a bit at its first position runs through to its closing quote.
        let (sum, overflow) = tokens.inString.addingReportingOverflow(opening & namePlaces | inName)
        inName = overflow ? 1 : 0
        let nameEnds = sum & closing
        wrong |= next.following(nameEnds, &afterName) ^ tokens.colons

        let behindValues = next.following((closing ^ nameEnds) | tokens.closes | tokens.scalars, &afterValue)
        let emptyEnds = next.following(tokens.opens, &afterOpening) & tokens.closes
        return wrong | ((behindValues | emptyEnds) ^ (tokens.commas | tokens.closes)) & ~tokens.innerScalars
    }
}
