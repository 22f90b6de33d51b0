#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A growable run of plain values in one allocation, addressed with 32-bit numbers.
///
/// A small slab grows by being copied. A large one gets a range of addresses so wide that it can grow in place: memory
/// is taken page by page when it is first written, and no insertion ever waits for megabytes to be copied.
///
/// Invariant: `base` has room for `capacity` values, the first `count` of which are initialized. Positions are checked
/// in debug builds only; they come from the index itself, never from an event. A slab is shared by copies of the
/// struct, so it has exactly one owner, which calls `deallocate`.
@safe
struct Slab<Element: BitwiseCopyable> {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private(set) var capacity: Int
    /// The most values that were ever in use: beyond them no page has been touched.
    private var peak = 0
    private var isReserved = false

    /// From this size on a slab grows in place, in a range of addresses of the second size.
    private static var reservingBytes: Int { 1 << 20 }
    private static var reservedBytes: Int { 1 << 32 }

    init(capacity: Int = 16) {
        self.capacity = capacity
        guard let memory = unsafe malloc(capacity * MemoryLayout<Element>.stride) else { fatalError("out of memory") }
        unsafe base = memory.bindMemory(to: Element.self, capacity: capacity)
    }

    func deallocate() {
        if isReserved { unsafe munmap(base, Self.reservedBytes) } else { unsafe free(base) }
    }

    /// Bytes that are allocated, of a reserved range those that have been used.
    var bytes: Int { (isReserved ? max(peak, count) : capacity) * MemoryLayout<Element>.stride }

    @inline(__always)
    subscript(position: Int32) -> Element {
        get {
            assert(position >= 0 && Int(position) < count)
            return unsafe base[Int(position)]
        }
        nonmutating _modify {
            assert(position >= 0 && Int(position) < count)
            yield unsafe &base[Int(position)]
        }
    }

    @inline(__always)
    subscript(position: Int) -> Element {
        get {
            assert(position >= 0 && position < count)
            return unsafe base[position]
        }
        nonmutating _modify {
            assert(position >= 0 && position < count)
            yield unsafe &base[position]
        }
    }

    /// Returns the position of the new value.
    @inline(__always)
    @discardableResult
    mutating func append(_ element: Element) -> Int32 {
        if count == capacity { grow(to: count + 1) }
        unsafe base[count] = element
        count &+= 1
        return Int32(truncatingIfNeeded: count &- 1)
    }

    @inline(__always)
    mutating func removeLast() -> Element {
        assert(count > 0)
        count &-= 1
        return unsafe base[count]
    }

    @inline(__always)
    mutating func removeAll() {
        peak = max(peak, count)
        count = 0
    }

    @inline(__always)
    mutating func truncate(to count: Int) {
        assert(count <= self.count)
        self.count = count
    }

    /// Makes room for `count` more values, whose content is left undefined, and returns the position of the first.
    mutating func extend(by count: Int) -> Int {
        let start = self.count
        if start + count > capacity { grow(to: start + count) }
        self.count = start + count
        return start
    }

    /// Starts over with little memory if more than `limit` bytes are allocated; then the values are gone. Returns whether
    /// it did.
    @discardableResult
    mutating func release(above limit: Int) -> Bool {
        if bytes <= limit { return false }
        deallocate()
        self = Self()
        return true
    }

    @inline(never)
    private mutating func grow(to minimum: Int) {
        let stride = MemoryLayout<Element>.stride
        let wanted = max(minimum, capacity + capacity / 2 + 16)
        if !isReserved, wanted * stride >= Self.reservingBytes, wanted * stride < Self.reservedBytes, reserve() {
            return
        }
        let memory = isReserved ? unsafe malloc(wanted * stride) : unsafe realloc(base, wanted * stride)
        guard let memory = unsafe memory else { fatalError("out of memory") }
        if isReserved {
            unsafe memory.copyMemory(from: base, byteCount: count * stride)
            deallocate()
            isReserved = false
        }
        capacity = wanted
        unsafe base = memory.bindMemory(to: Element.self, capacity: capacity)
    }

    /// Moves the values to a range of addresses that the slab will not outgrow soon. Returns whether there is one: a
    /// system may have a limit on addresses.
    private mutating func reserve() -> Bool {
        let memory = unsafe mmap(
            nil, Self.reservedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { return false }
        unsafe memory.copyMemory(from: base, byteCount: count * MemoryLayout<Element>.stride)
        unsafe free(base)
        capacity = Self.reservedBytes / MemoryLayout<Element>.stride
        unsafe base = memory.bindMemory(to: Element.self, capacity: capacity)
        isReserved = true
        return true
    }
}

/// Records that come and go: the places of those that are gone are used again.
///
/// The places that are free are a list through the first four bytes of the records, so that removing never allocates. A
/// record must not tell by its first property whether it is in use.
@safe
struct Pool<Record: BitwiseCopyable> {
    private(set) var slab = Slab<Record>()
    private var firstFree: Int32 = -1
    private var freeCount = 0

    /// Records in use.
    var count: Int { slab.count - freeCount }
    /// One more than the largest number that was ever in use.
    var limit: Int { slab.count }
    var bytes: Int { slab.bytes }

    func deallocate() { slab.deallocate() }

    @inline(__always)
    subscript(id: Int32) -> Record {
        get { slab[id] }
        nonmutating _modify { yield &slab[id] }
    }

    mutating func insert(_ record: Record) -> Int32 {
        guard firstFree >= 0 else { return slab.append(record) }
        let id = firstFree
        firstFree = unsafe UnsafeRawPointer(slab.base + Int(id)).load(as: Int32.self)
        freeCount -= 1
        slab[id] = record
        return id
    }

    mutating func remove(_ id: Int32) {
        unsafe UnsafeMutableRawPointer(slab.base + Int(id)).storeBytes(of: firstFree, as: Int32.self)
        firstFree = id
        freeCount += 1
        if freeCount == slab.count {
            // Nothing is in use: start over, so that an emptied index is as compact as a new one.
            firstFree = -1
            freeCount = 0
            slab.removeAll()
        }
    }
}
