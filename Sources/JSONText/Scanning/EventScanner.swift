/// Where the quotes and the containers of one event are, found in one pass that checks the text strictly: RFC 8259
/// grammar, UTF-8, and nesting no deeper than ``depthLimit``.
///
/// The pass handles 64 bytes at a time (``BlockScan``). It never looks at a token by itself: the grammar is put as
/// statements about neighbours, and each statement is checked for 64 positions with a few bit operations; only brackets,
/// escapes and non-ASCII text are walked. So what nobody asks about is validated at the same speed as it is skipped. The
/// pass says *whether* a text is well-formed; ``JSONValidator`` says what is wrong with one that is not.
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
    private let rare: UnsafeMutablePointer<RareScan>
    /// A block is read whole, and up to this many bytes behind it are looked at.
    private static let lookahead = 16
    private static let tailCapacity = 256
    /// How many words of quotes and how many containers there is room for at first.
    private static let leastQuotes = 64
    private static let leastContainers = 256

    package init() {
        quoteCapacity = Self.leastQuotes
        containerCapacity = Self.leastContainers
        unsafe quotes = .allocate(capacity: quoteCapacity)
        unsafe containers = .allocate(capacity: containerCapacity)
        unsafe open = .allocate(capacity: Self.depthLimit + 1)
        unsafe tail = .allocate(capacity: Self.tailCapacity)
        unsafe rare = .allocate(capacity: 1)
    }

    deinit {
        unsafe quotes.deallocate()
        unsafe containers.deallocate()
        unsafe open.deallocate()
        unsafe tail.deallocate()
        unsafe rare.deallocate()
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
        while start < bytes.count, unsafe TextScan.isWhiteSpace(first[start]) { start += 1 }
        guard start < bytes.count, unsafe first[start] == UInt8(ascii: "{") else { return false }
        origin = start
        reserveQuotes((bytes.count - start) / 64 + 3)

        unsafe rare.initialize(to: RareScan())
        var block = unsafe BlockScan(
            address: first + start, offset: start, open: open, containers: containers, rare: rare)
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
            if block.containerCount &+ 64 > containerCapacity {
                growContainers(keeping: block.containerCount)
                unsafe block.containers = containers
            }
            guard unsafe block.scan(quotes: quotes + word) else { return false }
            if block.depth == 0 {
                containerCount = block.containerCount
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
        quoteCapacity * MemoryLayout<UInt64>.stride + containerCapacity * MemoryLayout<Container>.stride
            + (Self.depthLimit + 1) * MemoryLayout<Int32>.stride + Self.tailCapacity + MemoryLayout<RareScan>.size
    }

    /// Gives back what a large event made of the memory of the answers, if either part is more than `limit` bytes; then
    /// the answers are void.
    package mutating func release(above limit: Int) {
        if quoteCapacity * MemoryLayout<UInt64>.stride > limit {
            quoteCapacity = Self.leastQuotes
            unsafe quotes.deallocate()
            unsafe quotes = .allocate(capacity: quoteCapacity)
        }
        if containerCapacity * MemoryLayout<Container>.stride > limit {
            containerCapacity = Self.leastContainers
            containerCount = 0
            unsafe containers.deallocate()
            unsafe containers = .allocate(capacity: containerCapacity)
        }
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
