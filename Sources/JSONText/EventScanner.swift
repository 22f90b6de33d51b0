/// Where the quotes and the containers of one event are, found in one pass that checks the text strictly: RFC 8259
/// grammar, UTF-8, and nesting no deeper than ``depthLimit``.
///
/// The pass handles 64 bytes at a time. It never looks at a token by itself: the grammar is put as statements about
/// neighbours ("what follows a comma starts a value"), and each statement is checked for 64 positions with a few bit
/// operations; only brackets, escapes and non-ASCII text are walked. So what nobody asks about is validated at the same
/// speed as it is skipped. The pass says *whether* a text is well-formed; ``JSONValidator`` says what is wrong with one
/// that is not.
///
/// A scanner owns the memory of its answers and reuses it: scanning allocates only when an event is larger than all
/// before it. It belongs to one thread.
@safe
package struct EventScanner: ~Copyable {
    /// A container: from its opening bracket to its closing one.
    package struct Container {
        /// Offset of the opening bracket, and of the closing one, in the event's bytes.
        package var start: Int32
        package var end: Int32
        /// The number of the first container that starts behind this one's end.
        package var next: Int32
    }

    /// The deepest nesting that is accepted, as in Jackson 2.15, which reads EventBridge's events.
    package static let depthLimit = 1000
    /// Longer texts are not scanned: offsets are 32 bits wide.
    package static let byteLimit = Int(Int32.max) - 256

    /// One word for 64 bytes, counted from ``origin``: the quotes that open or close a string.
    package private(set) var quotes: UnsafeMutablePointer<UInt64>
    /// The containers in the order in which they open.
    package private(set) var containers: UnsafeMutablePointer<Container>
    package private(set) var containerCount = 0
    /// Offset of the event's opening brace; the words of ``quotes`` count from it.
    package private(set) var origin = 0
    /// Whether some string of the event has an escape.
    package private(set) var hasEscapes = false

    private var quoteCapacity: Int
    private var containerCapacity: Int
    /// The open containers: twice the number in ``containers``, plus one for objects.
    private let open: UnsafeMutablePointer<Int32>
    /// The last bytes of an event, with padding behind them so that whole blocks can be read.
    private let tail: UnsafeMutablePointer<UInt8>
    /// A block is read whole, and up to this many bytes behind it are looked at.
    private static let lookahead = 16

    package init() {
        quoteCapacity = 64
        containerCapacity = 256
        unsafe quotes = .allocate(capacity: quoteCapacity)
        unsafe containers = .allocate(capacity: containerCapacity)
        unsafe open = .allocate(capacity: Self.depthLimit + 1)
        unsafe tail = .allocate(capacity: 256)
    }

    deinit {
        unsafe quotes.deallocate()
        unsafe containers.deallocate()
        unsafe open.deallocate()
        unsafe tail.deallocate()
    }

    /// Scans the object at the start of `bytes`, white space before it included; what follows its closing brace is not
    /// looked at.
    ///
    /// - Parameter enforcingLengths: whether numbers of more than about 1,000 and strings of more than about 50,000
    ///   bytes make the text suspect, so that the caller has the validator look at them.
    /// - Returns: whether the text is an object and well-formed. If not, the answers are void.
    package mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, enforcingLengths: Bool) -> Bool {
        guard let first = bytes.baseAddress, bytes.count <= Self.byteLimit else { return false }
        var start = 0
        while start < bytes.count, unsafe Self.isWhiteSpace(first[start]) { start += 1 }
        guard start < bytes.count, unsafe first[start] == UInt8(ascii: "{") else { return false }
        origin = start
        reserveQuotes((bytes.count - start) / 64 + 3)

        var state = unsafe BlockState(address: first + start, offset: start, open: open, containers: containers)
        var remaining = bytes.count - start
        var word = 0
        while true {
            if remaining < 64 + Self.lookahead, !state.isTail {
                unsafe tail.update(from: state.address, count: remaining)
                unsafe (tail + remaining).update(repeating: 0, count: 64 + Self.lookahead)
                unsafe state.address = UnsafePointer(tail)
                state.isTail = true
            }
            if state.containerCount &+ 64 > containerCapacity {
                growContainers(keeping: state.containerCount)
                unsafe state.containers = containers
            }
            let live = unsafe Self.scanBlock(&state, quotes: quotes + word)
            if live == 0 { return false }
            if state.depth == 0 {
                containerCount = state.containerCount
                hasEscapes = state.hasEscapes
                return true
            }
            if enforcingLengths, state.scalarBlocks > 12 || state.stringBlocks > 750 { return false }
            if remaining <= 64 { return false }
            remaining &-= 64
            unsafe state.address += 64
            state.offset &+= 64
            word &+= 1
        }
    }

    /// What is carried from one block to the next. Each `after…` is 0 or 1: whether a token of that sort came last, so
    /// that the first byte of the next block (behind white space) is what follows it.
    @safe
    private struct BlockState {
        var address: UnsafePointer<UInt8>
        var offset: Int
        let open: UnsafeMutablePointer<Int32>
        var containers: UnsafeMutablePointer<Container>
        var containerCount = 0
        var hasEscapes = false
        var isTail = false
        var depth = 0
        /// All ones while inside a string.
        var inString: UInt64 = 0
        var escaped: UInt64 = 0
        /// Whether the string that is still open is a member's name.
        var inName: UInt64 = 0
        /// Offset up to which UTF-8 has been checked.
        var checkedText = 0
        var objects: UInt64 = 0
        var afterValue: UInt64 = 0
        var afterScalar: UInt64 = 0
        var afterName: UInt64 = 0
        var afterNameSign: UInt64 = 0
        var afterSeparator: UInt64 = 0
        var afterOpening: UInt64 = 0
        /// Whether the last byte belonged to a number or literal.
        var scalarRun: UInt64 = 0
        var number = NumberState()
        /// Blocks in a row that are all number, and that lie in a string.
        var scalarBlocks = 0
        var stringBlocks = 0

        init(
            address: UnsafePointer<UInt8>, offset: Int, open: UnsafeMutablePointer<Int32>,
            containers: UnsafeMutablePointer<Container>
        ) {
            unsafe self.address = address
            self.offset = offset
            unsafe self.open = open
            unsafe self.containers = containers
        }
    }

    /// Checks 64 bytes. Returns the positions up to the event's end, all of them while it has not ended, none when
    /// something is wrong.
    @inline(__always)
    private static func scanBlock(_ state: inout BlockState, quotes word: UnsafeMutablePointer<UInt64>) -> UInt64 {
        let block = unsafe ByteBlock(at: state.address)
        var quotes = block.equal(to: UInt8(ascii: "\""))
        let isUnusual = block.isUnusual
        var escapes: UInt64 = 0
        if isUnusual || state.escaped != 0 {
            escapes = findEscapes(block.equal(to: UInt8(ascii: "\\")), &state.escaped, &quotes)
        }
        let inString = prefixXor(quotes) ^ state.inString
        state.inString = UInt64(bitPattern: Int64(bitPattern: inString) &>> 63)
        unsafe word.pointee = quotes

        let outside = ~inString
        let opening = quotes & inString
        let closing = quotes & outside
        let commas = block.equal(to: UInt8(ascii: ",")) & outside
        let colons = block.equal(to: UInt8(ascii: ":")) & outside
        // `[ ] { }` are the characters that structure uses of those with the bits 0x59 set.
        let brackets = block.equal(to: 0x7F, setting: 0x26) & outside

        var live = ~UInt64(0)
        var wrong: UInt64 = 0
        var opens: UInt64 = 0
        var openBraces: UInt64 = 0
        var objects = state.objects
        var rest = brackets
        while rest != 0 {
            let position = rest.trailingZeroBitCount
            let bit = rest & (0 &- rest)
            rest ^= bit
            let byte = unsafe state.address[position]
            if byte | 0x20 == UInt8(ascii: "{") {
                if state.depth == depthLimit { return 0 }
                let isObject = Int32(byte &>> 5 & 1)
                let index = state.containerCount
                unsafe state.containers[index].start = Int32(truncatingIfNeeded: state.offset &+ position)
                unsafe state.open[state.depth] = Int32(truncatingIfNeeded: index) &<< 1 | isObject
                state.containerCount = index &+ 1
                state.depth &+= 1
                opens |= bit
                openBraces |= bit & (0 &- UInt64(isObject))
                objects = replacing(objects, from: bit, with: isObject)
            } else {
                guard byte | 0x20 == UInt8(ascii: "}"), state.depth > 0 else { return 0 }
                state.depth &-= 1
                let top = unsafe state.open[state.depth]
                if top & 1 != Int32(byte &>> 5 & 1) { return 0 }
                let index = Int(top &>> 1)
                unsafe state.containers[index].end = Int32(truncatingIfNeeded: state.offset &+ position)
                unsafe state.containers[index].next = Int32(truncatingIfNeeded: state.containerCount)
                if state.depth == 0 {
                    live = bit | (bit &- 1)
                    rest = 0
                } else {
                    objects = unsafe replacing(objects, from: bit, with: state.open[state.depth &- 1] & 1)
                }
            }
        }
        state.objects = UInt64(bitPattern: Int64(bitPattern: objects) &>> 63)
        let closes = brackets & ~opens

        // What is neither string nor structure: numbers, literals and white space.
        var scalars = ~(inString | closing | commas | colons | brackets)
        var blanks: UInt64 = 0
        if (scalars & live) | state.scalarRun != 0 {
            wrong |= unsafe state.number.check(
                &scalars, blanks: &blanks, of: block, behindScalar: state.scalarRun, live: live, at: state.address)
        }

        let terminators = commas | closes
        let starts = opening | scalars | opens
        let follow = Follow(blanks: blanks)
        let scalarEnds = (scalars &<< 1 | state.scalarRun) & ~scalars
        state.scalarRun = scalars &>> 63
        wrong |= follow.first(behind: scalarEnds, &state.afterScalar) & ~terminators

        let nameSigns = openBraces | (commas & objects)
        let behindNameSign = follow(nameSigns, &state.afterNameSign)
        wrong |= behindNameSign & ~(opening | closes)
        // Added to the string's bits, a bit at its first position runs through to its closing quote.
        let (sum, overflow) = (opening & behindNameSign).addingReportingOverflow(inString)
        let (total, carried) = sum.addingReportingOverflow(state.inName)
        state.inName = overflow || carried ? 1 : 0
        let nameEnds = total & closing
        wrong |= follow(nameEnds, &state.afterName) ^ colons
        wrong |= follow((closing & ~nameEnds) | closes, &state.afterValue) & ~terminators
        wrong |= follow(commas | colons, &state.afterSeparator) & ~starts
        wrong |= follow(opens, &state.afterOpening) & ~(starts | closes)

        if isUnusual {
            state.hasEscapes = state.hasEscapes || escapes & live != 0
            wrong |= block.control & inString
            let texts = block.nonASCII & live
            if texts | (escapes & live) != 0 {
                let checked = unsafe checkText(
                    at: state.address, escapes: escapes & live, nonASCII: texts, from: state.checkedText &- state.offset
                )
                if checked < 0 { return 0 }
                state.checkedText = state.offset &+ checked
            }
        }
        state.scalarBlocks = scalars == ~0 ? state.scalarBlocks &+ 1 : 0
        state.stringBlocks = quotes == 0 ? state.stringBlocks &+ 1 : 0
        return wrong & live == 0 ? live : 0
    }
    /// Checks what follows the backslashes at `escapes` and the UTF-8 at `nonASCII`, but for the bytes before `start`,
    /// which an earlier block has covered. Returns where the last sequence ends, or -1 if something is wrong.
    @inline(never)
    private static func checkText(
        at address: UnsafePointer<UInt8>, escapes: UInt64, nonASCII: UInt64, from start: Int
    ) -> Int {
        var rest = escapes
        while rest != 0 {
            let position = rest.trailingZeroBitCount
            rest &= rest &- 1
            guard unsafe isEscape(address + position + 1) else { return -1 }
        }
        rest = nonASCII
        var end = max(start, 0)
        if end > 0 { rest &= ~0 << UInt64(end) }
        while rest != 0 {
            let position = rest.trailingZeroBitCount
            let length = unsafe sequenceLength(at: address + position)
            guard length > 0 else { return -1 }
            end = position + length
            rest &= ~0 << UInt64(end)
        }
        return end
    }

    /// Keeps room for `count` words of quotes; what was there need not survive.
    private mutating func reserveQuotes(_ count: Int) {
        if count <= quoteCapacity { return }
        unsafe quotes.deallocate()
        quoteCapacity = count * 2
        unsafe quotes = .allocate(capacity: quoteCapacity)
    }

    @inline(never)
    private mutating func growContainers(keeping count: Int) {
        containerCapacity = containerCapacity * 2 + 64
        let larger = UnsafeMutablePointer<Container>.allocate(capacity: containerCapacity)
        unsafe larger.update(from: containers, count: count)
        unsafe containers.deallocate()
        unsafe containers = larger
    }
}

extension EventScanner {
    /// Finds the first byte that is not white space behind tokens.
    private struct Follow {
        /// White space outside strings.
        let blanks: UInt64

        /// The positions that follow the tokens which end at the bits of `ends`; `carry` says whether such a position is
        /// the first of the block, and then of the next one.
        @inline(__always)
        func callAsFunction(_ ends: UInt64, _ carry: inout UInt64) -> UInt64 {
            let behind = ends &<< 1 | carry
            if blanks == 0 {
                carry = ends &>> 63
                return behind
            }
            // Added to a run of blanks, a bit at its start moves behind its end.
            let (sum, overflow) = behind.addingReportingOverflow(blanks)
            carry = ends &>> 63 | (overflow ? 1 : 0)
            return sum & ~blanks
        }

        /// The same for bits that already stand one behind the end.
        @inline(__always)
        func first(behind: UInt64, _ carry: inout UInt64) -> UInt64 {
            let all = behind | carry
            if blanks == 0 {
                carry = 0
                return all
            }
            let (sum, overflow) = all.addingReportingOverflow(blanks)
            carry = overflow ? 1 : 0
            return sum & ~blanks
        }
    }

    /// `mask` with all bits from `bit` on set (1) or cleared (0).
    @inline(__always)
    private static func replacing(_ mask: UInt64, from bit: UInt64, with value: Int32) -> UInt64 {
        mask & (bit &- 1) | (0 &- UInt64(truncatingIfNeeded: value)) & (0 &- bit)
    }

    /// Bit i of the result: whether an odd number of bits up to and with i are set.
    @inline(__always)
    private static func prefixXor(_ bits: UInt64) -> UInt64 {
        var bits = bits
        bits ^= bits &<< 1
        bits ^= bits &<< 2
        bits ^= bits &<< 4
        bits ^= bits &<< 8
        bits ^= bits &<< 16
        bits ^= bits &<< 32
        return bits
    }

    /// Takes the escaped quotes out of `quotes`; returns the backslashes that start an escape. `escaped` is 1 if the
    /// first byte of the block, and then of the next one, is escaped.
    @inline(__always)
    private static func findEscapes(_ backslashes: UInt64, _ escaped: inout UInt64, _ quotes: inout UInt64) -> UInt64 {
        // Subtracting the starts of backslash runs from the odd positions tells which of a run's bytes are escaped
        // (Langdale and Lemire, "Parsing gigabytes of JSON per second", 3.1.1).
        let odd: UInt64 = 0xAAAA_AAAA_AAAA_AAAA
        let starts = backslashes & ~escaped
        let series = (starts &<< 1 | odd) &- starts
        let codes = series ^ odd
        let hit = codes ^ (backslashes | escaped)
        let escapes = codes & backslashes
        escaped = escapes &>> 63
        quotes &= ~hit
        return escapes
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// Whether the bytes at `address`, behind a backslash, make an escape.
    private static func isEscape(_ address: UnsafePointer<UInt8>) -> Bool {
        switch unsafe address[0] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        case UInt8(ascii: "u"):
            for index in 1...4 {
                let byte = unsafe address[index]
                let isDigit = byte &- UInt8(ascii: "0") < 10
                let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 6
                if !isDigit, !isLetter { return false }
            }
            return true
        default: return false
        }
    }

    /// The length of the well-formed UTF-8 sequence (RFC 3629) of more than one byte at `address`, or 0.
    private static func sequenceLength(at address: UnsafePointer<UInt8>) -> Int {
        let lead = unsafe address[0]
        let second = unsafe address[1]
        switch lead {
        case 0xC2...0xDF: return second & 0xC0 == 0x80 ? 2 : 0
        case 0xE0...0xEF:
            let least: UInt8 = lead == 0xE0 ? 0xA0 : 0x80
            let most: UInt8 = lead == 0xED ? 0x9F : 0xBF
            return unsafe second >= least && second <= most && address[2] & 0xC0 == 0x80 ? 3 : 0
        case 0xF0...0xF4:
            let least: UInt8 = lead == 0xF0 ? 0x90 : 0x80
            let most: UInt8 = lead == 0xF4 ? 0x8F : 0xBF
            let tail = unsafe address[2] & 0xC0 == 0x80 && address[3] & 0xC0 == 0x80
            return second >= least && second <= most && tail ? 4 : 0
        default: return 0
        }
    }
}
