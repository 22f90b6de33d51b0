/// An entry of a list of tests.
struct TestLink {
    let test: Int32
    /// The test in whose list it is; -1 for a list of the field.
    let owner: Int32
    var previous: Int32
    var next: Int32
}

/// Lists of tests, from which each can be taken out without looking for it.
struct TestLinks {
    private var pool = Pool<TestLink>()

    var bytes: Int { pool.bytes }
    var count: Int { pool.count }

    func deallocate() { pool.deallocate() }

    @inline(__always)
    subscript(id: Int32) -> TestLink { pool[id] }

    /// Puts `test` at the front of the list that starts with `first`. Returns the number of its link.
    mutating func insert(_ test: Int32, owner: Int32, first: inout Int32) -> Int32 {
        let id = pool.insert(TestLink(test: test, owner: owner, previous: -1, next: first))
        if first >= 0 { pool[first].previous = id }
        first = id
        return id
    }

    mutating func remove(_ id: Int32, first: inout Int32) {
        let link = pool[id]
        if link.next >= 0 { pool[link.next].previous = link.previous }
        if link.previous >= 0 { pool[link.previous].next = link.next } else { first = link.next }
        pool.remove(id)
    }
}
