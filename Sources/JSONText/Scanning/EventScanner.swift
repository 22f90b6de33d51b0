/// Where the quotes and the containers of one event are, found in one pass that checks the text strictly: RFC 8259
/// grammar, UTF-8, and nesting no deeper than ``depthLimit``.
///
/// The pass handles 64 bytes at a time (``BlockScan``). It never looks at a token by itself: the grammar is put as
/// statements about neighbours, and each statement is checked for 64 positions with a few bit operations (``PlaceScan``,
/// or for AVX-512 ``TokenScan``); only brackets, escapes and non-ASCII text are walked. So what nobody asks about is validated at the same speed as it is skipped. The
/// pass says *whether* a text is well-formed; ``JSONValidator`` says what is wrong with one that is not.
///
/// A scanner owns the memory of its answers and reuses it: scanning allocates only when an event is larger than all
/// before it. It belongs to one thread.
@safe
package struct EventScanner: ~Copyable {
    /// The deepest nesting that is accepted, as in Jackson 2.15, which reads EventBridge's events.
    package static let depthLimit = 1000
    /// Longer texts are not scanned: offsets are 32 bits wide.
    package static let byteLimit = Int(Int32.max) - 256

    /// One word for 64 bytes, counted from ``origin``: the quotes that open or close a string.
    package private(set) var quotes: UnsafeMutablePointer<UInt64>
    /// The offset of each bracket in the event's bytes. A container's number is that of its opening bracket.
    package var bracketOffsets: UnsafeMutablePointer<Int32> { unsafe brackets.pointee.offsets }
    /// The number of the closing bracket for that of each opening one. The next container, if there is one in the same
    /// container, is that of the bracket behind.
    package var bracketPartners: UnsafeMutablePointer<Int32> { unsafe brackets.pointee.partners }
    /// The offset behind the event's opening brace; the words of ``quotes`` count from it.
    package private(set) var origin = 0
    /// Whether some string of the event has an escape.
    package private(set) var hasEscapes = false

    private var quoteCapacity: Int
    private let brackets: UnsafeMutablePointer<Brackets>
    /// The last bytes of an event, with padding behind them so that whole blocks can be read.
    private let tail: UnsafeMutablePointer<UInt8>
    private let grammar: UnsafeMutablePointer<TokenGrammar>
    private let rare: UnsafeMutablePointer<RareScan>
    /// A block is read whole, and up to this many bytes behind it are looked at.
    private static let lookahead = 16
    private static let tailCapacity = 256
    /// How many words of quotes there is room for at first.
    private static let leastQuotes = 64

    package init() {
        quoteCapacity = Self.leastQuotes
        unsafe quotes = .allocate(capacity: quoteCapacity)
        unsafe brackets = .allocate(capacity: 1)
        unsafe brackets.initialize(to: Brackets())
        unsafe tail = .allocate(capacity: Self.tailCapacity)
        unsafe grammar = .allocate(capacity: 1)
        unsafe grammar.initialize(to: TokenGrammar(brackets))
        unsafe rare = .allocate(capacity: 1)
    }

    deinit {
        unsafe quotes.deallocate()
        unsafe brackets.pointee.deallocate()
        unsafe brackets.deallocate()
        unsafe tail.deallocate()
        unsafe grammar.pointee.deallocate()
        unsafe grammar.deallocate()
        unsafe rare.deallocate()
    }

    /// Scans the object at the start of `bytes`, white space before it included; what follows its closing brace is not
    /// looked at.
    ///
    /// - Parameter enforcingLengths: whether numbers of more than about 1,000 and strings of more than about 50,000
    ///   bytes make the text suspect, so that the caller has the validator look at them.
    /// - Returns: whether the text is an object and well-formed. If not, the answers are void.
    package mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, enforcingLengths: Bool) -> Bool {
        #if LAMBDALESS_COMPRESS
            unsafe scanTokens(bytes, enforcingLengths: enforcingLengths)
        #else
            unsafe scanPlaces(bytes, enforcingLengths: enforcingLengths)
        #endif
    }

    /// The same by means of ``TokenScan``, which is the faster way only with AVX-512 VBMI2.
    package mutating func scanTokens(_ bytes: UnsafeBufferPointer<UInt8>, enforcingLengths: Bool) -> Bool {
        unsafe scan(bytes, enforcingLengths: enforcingLengths, TokenScan.self)
    }

    /// The same by means of ``PlaceScan``.
    package mutating func scanPlaces(_ bytes: UnsafeBufferPointer<UInt8>, enforcingLengths: Bool) -> Bool {
        unsafe scan(bytes, enforcingLengths: enforcingLengths, PlaceScan.self)
    }

    @inline(__always)
    private mutating func scan<Structure: StructureScan>(
        _ bytes: UnsafeBufferPointer<UInt8>, enforcingLengths: Bool, _: Structure.Type
    ) -> Bool {
        guard let first = bytes.baseAddress, bytes.count <= Self.byteLimit else { return false }
        var start = 0
        while start < bytes.count, unsafe TextScan.isWhiteSpace(first[start]) { start += 1 }
        guard start < bytes.count, unsafe first[start] == UInt8(ascii: "{") else { return false }
        unsafe brackets.pointee.begin(at: start)
        start += 1
        origin = start
        reserveQuotes((bytes.count - start) / 64 + 3)

        unsafe rare.initialize(to: RareScan())
        let structure = unsafe Structure(StructureMemory(brackets: brackets, grammar: grammar))
        var block = unsafe BlockScan(address: first + start, offset: start, structure: structure, rare: rare)
        var remaining = bytes.count - start
        var word = 0
        // The last blocks are read from the tail; then no number is small enough to come here again.
        var tailSize = 64 + Self.lookahead
        while true {
            if remaining < tailSize {
                unsafe tail.update(from: block.address, count: remaining)
                unsafe (tail + remaining).update(repeating: 0, count: 64 + Self.lookahead)
                unsafe block.address = UnsafePointer(tail)
                tailSize = .min
            }
            guard unsafe block.scan(quotes: quotes + word) else { return false }
            if block.isOver {
                guard block.structure.finish() else { return false }
                hasEscapes = unsafe rare.pointee.text.hasEscapes
                return unsafe !(enforcingLengths && rare.pointee.lengths.isSuspect)
            }
            if remaining <= 64 { return false }
            remaining &-= 64
            unsafe block.address += 64
            block.offset &+= 64
            word &+= 1
        }
    }

    /// Bytes that the scanner has allocated.
    package var bytes: Int {
        unsafe quoteCapacity * MemoryLayout<UInt64>.stride + brackets.pointee.bytes + MemoryLayout<Brackets>.size
            + Self.tailCapacity + grammar.pointee.bytes + MemoryLayout<RareScan>.size
    }

    /// Gives back what a large event made of the memory of the answers, if either part is more than `limit` bytes; then
    /// the answers are void.
    package mutating func release(above limit: Int) {
        if quoteCapacity * MemoryLayout<UInt64>.stride > limit {
            quoteCapacity = Self.leastQuotes
            unsafe quotes.deallocate()
            unsafe quotes = .allocate(capacity: quoteCapacity)
        }
        unsafe brackets.pointee.release(above: limit)
    }

    /// Keeps room for `count` words of quotes; what was there need not survive.
    private mutating func reserveQuotes(_ count: Int) {
        if count <= quoteCapacity { return }
        unsafe quotes.deallocate()
        quoteCapacity = count * 2
        unsafe quotes = .allocate(capacity: quoteCapacity)
    }
}
