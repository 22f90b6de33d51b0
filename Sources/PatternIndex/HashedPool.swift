/// A record that is found by its hash: it holds the hash and the link to the next record of its bucket.
protocol HashedRecord: BitwiseCopyable {
    var hash: UInt32 { get }
    /// The next record in the bucket; -1 for none.
    var chain: Int32 { get set }
}

/// Records in a hash table that grows and shrinks one bucket at a time (linear hashing: W. Litwin, 1980), so that no
/// insertion or removal ever has to wait for a table to be built anew.
@safe
struct HashedPool<Record: HashedRecord> {
    private(set) var records = Pool<Record>()
    /// First record of each bucket; -1 for none.
    private var heads = Slab<Int32>()
    /// The number of buckets lies between `base` and twice that; `base` is a power of two.
    private var base: UInt32 = 16

    init() {
        for _ in 0..<16 { heads.append(-1) }
    }

    var count: Int { records.count }
    /// One more than the largest number that was ever in use.
    var limit: Int { records.limit }
    var bytes: Int { records.bytes + heads.bytes }

    func deallocate() {
        records.deallocate()
        heads.deallocate()
    }

    @inline(__always)
    subscript(id: Int32) -> Record {
        get { records[id] }
        nonmutating _modify { yield &records[id] }
    }

    /// A record's place in memory, until a record is inserted.
    @inline(__always)
    func pointer(_ id: Int32) -> UnsafeMutablePointer<Record> { unsafe records.slab.base + Int(id) }

    /// The first record of the bucket in which records with `hash` are; -1 for none. The others follow by `chain`.
    @inline(__always)
    func first(_ hash: UInt32) -> Int32 { heads[bucket(of: hash)] }

    @inline(__always)
    private func bucket(of hash: UInt32) -> Int {
        let wide = Int(hash & (base &<< 1 &- 1))
        return wide < heads.count ? wide : Int(hash & (base &- 1))
    }

    mutating func insert(_ record: Record) -> Int32 {
        var record = record
        let place = bucket(of: record.hash)
        record.chain = heads[place]
        let id = records.insert(record)
        heads[place] = id
        if records.count > heads.count { split() }
        return id
    }

    mutating func remove(_ id: Int32) {
        let place = bucket(of: records[id].hash)
        var previous: Int32 = -1
        var current = heads[place]
        while current != id {
            previous = current
            current = records[current].chain
        }
        let next = records[id].chain
        if previous < 0 { heads[place] = next } else { records[previous].chain = next }
        records.remove(id)
        if records.count < heads.count / 2, heads.count > 16 { merge() }
    }

    /// Adds a bucket, with the records that belong there of the one that held them so far.
    private mutating func split() {
        let old = heads.count - Int(base)
        let new = heads.append(-1)
        var rest = heads[old]
        heads[old] = -1
        while rest >= 0 {
            let next = records[rest].chain
            let place = records[rest].hash & (base &<< 1 &- 1) == UInt32(new) ? Int(new) : old
            records[rest].chain = heads[place]
            heads[place] = rest
            rest = next
        }
        if heads.count == Int(base) * 2 { base <<= 1 }
    }

    /// Takes the last bucket away; its records go back to the bucket they were split from.
    private mutating func merge() {
        if heads.count == Int(base) { base >>= 1 }
        var rest = heads.removeLast()
        let place = heads.count - Int(base)
        while rest >= 0 {
            let next = records[rest].chain
            records[rest].chain = heads[place]
            heads[place] = rest
            rest = next
        }
    }
}
