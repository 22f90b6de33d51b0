/// The brackets of an event, in order, and which two belong together.
///
/// Invariant: each list has room for `capacity` values.
@safe
struct Brackets {
    /// The offset of each bracket in the event's bytes.
    private(set) var offsets: UnsafeMutablePointer<Int32>
    /// The number of the closing bracket for that of each opening one; void for closing ones.
    private(set) var partners: UnsafeMutablePointer<Int32>
    /// The character of each bracket. The top bit says that the innermost container right before an opening bracket, or
    /// the one that a closing bracket ends, must be an object.
    private var kinds: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int
    private(set) var kindCount = 0
    /// The open containers: 256 times the number of the opening bracket, plus its kind. The first one stands for what is
    /// around the event, and is no object.
    let open: UnsafeMutablePointer<UInt64>

    /// How much room there must be for the brackets of a block.
    static let reserve = 64 + Compress.room
    private static let leastCapacity = 512

    init() {
        capacity = Self.leastCapacity
        unsafe offsets = .allocate(capacity: capacity)
        unsafe partners = .allocate(capacity: capacity)
        unsafe kinds = .allocate(capacity: capacity)
        unsafe open = .allocate(capacity: EventScanner.depthLimit + 2)
        unsafe open[0] = 0
    }

    func deallocate() {
        unsafe offsets.deallocate()
        unsafe partners.deallocate()
        unsafe kinds.deallocate()
        unsafe open.deallocate()
    }

    /// Begins an event with its opening brace at `offset`.
    mutating func begin(at offset: Int) {
        unsafe offsets[0] = Int32(truncatingIfNeeded: offset)
        kindCount = 0
    }

    /// Notes the kinds of brackets whose offsets have been noted: of those at the positions of `mask` in the tokens at
    /// `address`.
    @inline(__always)
    mutating func note(kindsOf mask: UInt64, at address: UnsafePointer<UInt8>, inObjects: UInt64) {
        unsafe Compress.bytes(mask, of: address, signs: inObjects, to: kinds + kindCount)
        kindCount &+= mask.nonzeroBitCount
    }

    /// Pairs up all brackets, the last of which ends the event. Returns whether that is right.
    @inline(never)
    mutating func pair() -> Bool {
        let partners = unsafe self.partners
        let kinds = unsafe self.kinds
        let open = unsafe self.open
        var depth = 0
        var wrong: UInt64 = 0
        var number = 0
        while number < kindCount {
            let kind = unsafe UInt64(truncatingIfNeeded: kinds[number])
            let top = unsafe open[depth]
            // Whether the container is an object is bit 5 of its bracket.
            wrong |= top &<< 2 ^ kind
            // Also for an opening bracket, so that there is no branch: the last number to be written is the right one.
            unsafe partners[Int(truncatingIfNeeded: top &>> 8)] = Int32(truncatingIfNeeded: number)
            unsafe open[depth &+ 1] = UInt64(truncatingIfNeeded: number) &<< 8 | kind
            // `[` and `{` have the bit 2, `]` and `}` do not.
            depth &+= Int(truncatingIfNeeded: kind & 2) &- 1
            if depth > EventScanner.depthLimit { return false }
            number &+= 1
        }
        return wrong & 0x80 == 0
    }

    /// Makes room for more brackets than the first `count`.
    @inline(never)
    mutating func grow(keeping count: Int) {
        capacity = capacity * 2
        unsafe Self.move(&offsets, count, capacity)
        unsafe Self.move(&partners, count, capacity)
        unsafe Self.move(&kinds, kindCount, capacity)
    }

    private static func move<Value>(_ values: inout UnsafeMutablePointer<Value>, _ count: Int, _ capacity: Int) {
        let larger = UnsafeMutablePointer<Value>.allocate(capacity: capacity)
        unsafe larger.update(from: values, count: count)
        unsafe values.deallocate()
        unsafe values = larger
    }

    /// Bytes that have been allocated.
    var bytes: Int { listBytes + (EventScanner.depthLimit + 2) * MemoryLayout<UInt64>.stride }

    private var listBytes: Int { capacity * (2 * MemoryLayout<Int32>.stride + 1) }

    /// Gives back what a large event made of the memory, if that is more than `limit` bytes; then what it held is void.
    mutating func release(above limit: Int) {
        if listBytes <= limit { return }
        capacity = Self.leastCapacity
        unsafe Self.move(&offsets, 0, capacity)
        unsafe Self.move(&partners, 0, capacity)
        unsafe Self.move(&kinds, 0, capacity)
    }
}
