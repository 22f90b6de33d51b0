/// Checks the grammar of structure in the text, 64 positions at a time; only brackets are walked. A text is well-formed if
/// - brackets pair up;
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
struct PlaceScan: StructureScan {
    private let brackets: UnsafeMutablePointer<Brackets>
    private let open: UnsafeMutablePointer<UInt64>
    /// How many brackets there are up to here, and how many containers are open.
    private var count = 1
    private var depth = 1

    /// All ones while inside an object.
    private var inObject: UInt64 = ~0
    /// Whether the string that is still open is a member's name.
    private var inName: UInt64 = 0
    private var afterValue: UInt64 = 0
    private var afterName: UInt64 = 0
    private var afterNameSign: UInt64 = 1
    private var afterOpening: UInt64 = 1

    init(_ memory: StructureMemory) {
        unsafe brackets = memory.brackets
        unsafe open = brackets.pointee.open
        unsafe open[1] = UInt64(UInt8(ascii: "{"))
    }

    mutating func finish() -> Bool { true }

    @inline(__always)
    mutating func scan(_ block: StringBlock, inScalar: UInt64) -> StructureFindings? {
        let outside = ~block.inString
        var commas = block.bytes.equal(to: UInt8(ascii: ",")) & outside
        var colons = block.bytes.equal(to: UInt8(ascii: ":")) & outside
        var blanks = (block.bytes.equal(to: 0x20) | block.lineSpaces) & outside
        // `[ ] { }` are the characters that structure uses of those with the bits 0x59 set.
        var brackets = block.bytes.equal(to: 0x7F, setting: 0x26) & outside
        var findings = StructureFindings()
        guard let opens = unsafe pair(brackets, at: block.address, block.offset, &findings) else { return nil }

        var tokens = Tokens(quotes: block.quotes, inString: block.inString)
        if findings.isEnd {
            // What follows counts as white space.
            tokens.quotes &= findings.live
            tokens.inString &= findings.live
            commas &= findings.live
            colons &= findings.live
            brackets &= findings.live
            blanks |= ~findings.live
        }
        tokens.commas = commas
        tokens.colons = colons
        tokens.opens = opens.all
        tokens.closes = brackets & ~opens.all
        tokens.nameSigns = opens.braces | (commas & opens.objects)
        tokens.scalars = ~(tokens.inString | tokens.quotes | commas | colons | brackets | blanks)
        findings.scalars = tokens.scalars
        findings.behindScalars = tokens.scalars &<< 1 | inScalar
        tokens.innerScalars = tokens.scalars & findings.behindScalars
        let wrong =
            blanks == 0 ? check(tokens, AdjacentBytes()) : check(tokens, SpacedBytes(blanks: blanks))
        return wrong == 0 ? findings : nil
    }

    /// The opening brackets of a block, those of objects among them, and from which positions on, up to the next bracket,
    /// an object is the innermost container.
    private struct Openings {
        var all: UInt64 = 0
        var braces: UInt64 = 0
        var objects: UInt64
    }

    /// Pairs up the brackets up to the event's end. Returns nil if they do not pair up.
    @inline(__always)
    private mutating func pair(
        _ found: UInt64, at address: UnsafePointer<UInt8>, _ offset: Int, _ findings: inout StructureFindings
    ) -> Openings? {
        if unsafe count &+ Brackets.reserve > brackets.pointee.capacity {
            unsafe brackets.pointee.grow(keeping: count)
        }
        let offsets = unsafe brackets.pointee.offsets
        let partners = unsafe brackets.pointee.partners
        var openings = Openings(objects: inObject)
        var rest = found
        while rest != 0 {
            let position = rest.trailingZeroBitCount
            let bit = rest & (0 &- rest)
            rest ^= bit
            let byte = unsafe UInt64(truncatingIfNeeded: address[position])
            unsafe offsets[count] = Int32(truncatingIfNeeded: offset &+ position)
            let isObject: UInt64
            if byte | 0x20 == UInt8(ascii: "{") {
                if depth == EventScanner.depthLimit { return nil }
                depth &+= 1
                unsafe open[depth] = UInt64(truncatingIfNeeded: count) &<< 8 | byte
                isObject = byte &>> 5 & 1
                openings.all |= bit
                openings.braces |= bit & (0 &- isObject)
            } else {
                let top = unsafe open[depth]
                // Only the two brackets of a pair differ by this.
                if (top ^ byte) & 0xFF != 0x06 { return nil }
                unsafe partners[Int(truncatingIfNeeded: top &>> 8)] = Int32(truncatingIfNeeded: count)
                depth &-= 1
                if depth == 0 {
                    findings.live = bit | (bit &- 1)
                    findings.isEnd = true
                    break
                }
                isObject = unsafe open[depth] &>> 5 & 1
            }
            count &+= 1
            openings.objects = openings.objects & (bit &- 1) | (0 &- isObject) & (0 &- bit)
        }
        inObject = UInt64(bitPattern: Int64(bitPattern: openings.objects) &>> 63)
        return openings
    }

    /// Where the tokens of a block are.
    private struct Tokens {
        var quotes: UInt64
        var inString: UInt64
        var commas: UInt64 = 0
        var colons: UInt64 = 0
        var opens: UInt64 = 0
        var closes: UInt64 = 0
        /// Behind these stands a name.
        var nameSigns: UInt64 = 0
        var scalars: UInt64 = 0
        /// Those right behind another one.
        var innerScalars: UInt64 = 0

        init(quotes: UInt64, inString: UInt64) {
            self.quotes = quotes
            self.inString = inString
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
