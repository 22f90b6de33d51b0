/// A hash table from 64-bit keys to values that is filled anew for every event, or for every search: it is emptied in
/// time proportional to what is in it, however much that once was.
@safe
struct EventTable<Value: BitwiseCopyable> {
    private struct Entry {
        let key: UInt64
        /// Its place in `slots`.
        var slot: Int32
        var value: Value
    }

    private var entries = Slab<Entry>()
    /// Positions of entries, -1 for none: a power of two of slots, at most half of them in use.
    private var slots = Slab<Int32>(capacity: 64)

    init() { addSlots(64) }

    func deallocate() {
        entries.deallocate()
        slots.deallocate()
    }

    var count: Int { entries.count }
    var bytes: Int { entries.bytes + slots.bytes }

    /// The value at a position that ``find(_:)`` or ``insert(_:_:)`` has given.
    @inline(__always)
    subscript(position: Int32) -> Value {
        get { entries[position].value }
        nonmutating _modify { yield &entries[position].value }
    }

    /// The position of a key; -1 if it is not there.
    func find(_ key: UInt64) -> Int32 {
        var slot = home(of: key)
        while slots[slot] >= 0 {
            if entries[slots[slot]].key == key { return slots[slot] }
            slot = (slot + 1) & (slots.count - 1)
        }
        return -1
    }

    /// Adds a key, which must not be there, and returns its position.
    @discardableResult
    mutating func insert(_ key: UInt64, _ value: Value) -> Int32 {
        if entries.count * 2 >= slots.count { grow() }
        let position = entries.append(Entry(key: key, slot: 0, value: value))
        place(position)
        return position
    }

    mutating func removeAll() {
        for position in 0..<entries.count { slots[entries[position].slot] = -1 }
        entries.removeAll()
    }

    /// Gives back memory that is more than `limit` bytes in either part. The table must be empty.
    mutating func release(above limit: Int) {
        entries.release(above: limit)
        if slots.release(above: limit) { addSlots(64) }
    }

    private func home(of key: UInt64) -> Int {
        // Keys are numbers that follow each other as well as hashes.
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> 32) & (slots.count - 1)
    }

    private func place(_ position: Int32) {
        var slot = home(of: entries[position].key)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = position
        entries[position].slot = Int32(truncatingIfNeeded: slot)
    }

    private mutating func addSlots(_ count: Int) {
        for _ in 0..<count { slots.append(-1) }
    }

    private mutating func grow() {
        for position in 0..<entries.count { slots[entries[position].slot] = -1 }
        addSlots(slots.count)
        for position in 0..<entries.count { place(Int32(truncatingIfNeeded: position)) }
    }
}
