#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A growable run of plain values in one allocation, addressed with 32-bit numbers.
///
/// It grows with `realloc`: for large slabs the system moves pages rather than bytes, so growing a slab of a hundred
/// megabytes does not stop the owner for milliseconds.
///
/// Invariant: `base` has room for `capacity` values, the first `count` of which are initialized. Positions are checked
/// in debug builds only; they come from the index itself, never from an event. A slab is shared by copies of the
/// struct, so it has exactly one owner, which calls `deallocate`.
@safe
struct Slab<Element: BitwiseCopyable> {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private(set) var capacity: Int

    init(capacity: Int = 16) {
        self.capacity = capacity
        guard let memory = unsafe malloc(capacity * MemoryLayout<Element>.stride) else { fatalError("out of memory") }
        unsafe base = memory.bindMemory(to: Element.self, capacity: capacity)
    }

    func deallocate() {
        unsafe free(base)
    }

    /// Bytes that are allocated.
    var bytes: Int { capacity * MemoryLayout<Element>.stride }

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
    mutating func removeAll() { count = 0 }

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

    @inline(never)
    private mutating func grow(to minimum: Int) {
        capacity = max(minimum, capacity + capacity / 2 + 16)
        let size = capacity * MemoryLayout<Element>.stride
        guard let memory = unsafe realloc(base, size) else { fatalError("out of memory") }
        unsafe base = memory.bindMemory(to: Element.self, capacity: capacity)
    }
}

/// Records that come and go: the places of those that are gone are used again.
@safe
struct Pool<Record: BitwiseCopyable> {
    private(set) var slab = Slab<Record>()
    private var free = Slab<Int32>()

    /// Records in use.
    var count: Int { slab.count - free.count }
    /// One more than the largest number that was ever in use.
    var limit: Int { slab.count }
    var bytes: Int { slab.bytes + free.bytes }

    func deallocate() {
        slab.deallocate()
        free.deallocate()
    }

    @inline(__always)
    subscript(id: Int32) -> Record {
        get { slab[id] }
        nonmutating _modify { yield &slab[id] }
    }

    mutating func insert(_ record: Record) -> Int32 {
        guard free.count > 0 else { return slab.append(record) }
        let id = free.removeLast()
        slab[id] = record
        return id
    }

    mutating func remove(_ id: Int32) {
        free.append(id)
        if free.count == slab.count {
            // Nothing is in use: start over, so that an emptied index is as compact as a new one.
            free.removeAll()
            slab.removeAll()
        }
    }
}
