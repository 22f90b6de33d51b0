/// One name in the paths that patterns ask for, and what they ask of the values there.
struct FieldNode: HashedRecord {
    let hash: UInt32
    var chain: Int32 = -1
    /// The node above; -1 for the root.
    let parent: Int32
    /// The name.
    let name: ByteArena.Place
    let nameLength: Int32
    /// The name's first eight bytes (``ByteHash/prefix(_:_:)``).
    let prefix: UInt64
    /// Nodes right below: how many, and the first of them.
    var children: Int32 = 0
    var firstChild: Int32 = -1
    /// The neighbours below the same parent.
    var nextSibling: Int32 = -1
    var previousSibling: Int32 = -1
    /// Children that have children: only then can a name with a dot lead anywhere.
    var deepChildren: Int32 = 0
    /// One bit per class of first bytes, set if the name of some child with children is in it. Cleared when the last such
    /// child goes.
    var deepFilter: UInt64 = 0
    /// Tests of values at this node.
    var tests: Int32 = 0
    /// One bit per class of names, set if some child's name is in it. Cleared when the last child goes.
    var filter: UInt64 = 0

    /// How many tests there are that one probe of the hash table answers, by kind.
    var strings: Int32 = 0
    var folded: Int32 = 0
    var addresses: Int32 = 0
    var numbers: Int32 = 0
    var spellings: Int32 = 0
    var constants: Int32 = 0
    /// First of the lengths at which starts, ends, pieces or blocks of addresses are probed.
    var lengths: Int32 = -1
    /// The tree of numeric ranges.
    var ranges: Int32 = -1
    /// Other tests that every value is put to, and how many.
    var scans: Int32 = -1
    var scanCount: Int32 = 0
    /// Tests that exclude strings or numbers, how many, and how many values they exclude together.
    var exclusions: Int32 = -1
    var exclusionCount: Int32 = 0
    var excludedValues: Int32 = 0
    /// Tests that any value satisfies.
    var presence: Int32 = -1

    /// The event whose values the following speak of.
    var epoch: UInt32 = 0
    var first: Int32 = -1
    var last: Int32 = -1
    var isInArray = false
    /// Numbers that were looked for in ranges; tests of `scans` and of `exclusions` that are satisfied.
    var rangedNumbers: Int32 = 0
    var satisfiedScans: Int32 = 0
    var satisfiedExclusions: Int32 = 0
}

/// The names in the paths that patterns ask for, as a trie. A path is the names joined with `.`; a name with dots in it
/// goes down several nodes.
@safe
struct FieldTrie {
    static let root: Int32 = 0

    var nodes = HashedPool<FieldNode>()
    private let seed = ByteHash.seed

    init() {
        _ = nodes.insert(FieldNode(hash: 0, parent: -1, name: -1, nameLength: 0, prefix: 0))
    }

    func deallocate() { nodes.deallocate() }

    /// Nodes without the root.
    var count: Int { nodes.count - 1 }

    @inline(__always)
    subscript(id: Int32) -> FieldNode {
        get { nodes[id] }
        nonmutating _modify { yield &nodes[id] }
    }

    /// The record of a node; it stays where it is until a node is added.
    @inline(__always)
    func pointer(_ id: Int32) -> UnsafeMutablePointer<FieldNode> { unsafe nodes.pointer(id) }

    @inline(__always)
    static func filterBit(_ name: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let first = count > 0 ? unsafe name[0] : 0
        return 1 &<< (UInt64(count & 7) &<< 3 | UInt64((first ^ first &>> 3) & 7))
    }

    /// The bit of names that begin with `byte`.
    @inline(__always)
    static func deepFilterBit(_ byte: UInt8) -> UInt64 { 1 &<< UInt64(byte & 63) }

    /// The child of `node` with a name of one component; -1 for none.
    @inline(__always)
    func child(_ node: Int32, _ name: UnsafePointer<UInt8>, _ count: Int, _ arena: ByteArena) -> Int32 {
        let hash = unsafe ByteHash.hash(name, count, salt: ByteHash.salt(node, 0, seed: seed))
        var candidate = nodes.first(hash)
        while candidate >= 0 {
            let record = nodes[candidate]
            if record.hash == hash, record.parent == node, Int(record.nameLength) == count,
                unsafe ByteHash.equal(arena.pointer(record.name), name, count)
            {
                return candidate
            }
            candidate = record.chain
        }
        return -1
    }

    /// The node of a path, made if there is none. The caller counts its tests.
    mutating func insert(_ path: [UInt8], _ arena: inout ByteArena) -> Int32 {
        var node = Self.root
        for component in path.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            node = unsafe component.withUnsafeBufferPointer { name in
                let start = unsafe name.baseAddress ?? UnsafePointer(arena.pointer(-1))
                let found = unsafe child(node, start, name.count, arena)
                return unsafe found >= 0 ? found : add(name, below: node, start, &arena)
            }
        }
        return node
    }

    private mutating func add(
        _ name: UnsafeBufferPointer<UInt8>, below parent: Int32, _ start: UnsafePointer<UInt8>, _ arena: inout ByteArena
    ) -> Int32 {
        let hash = unsafe ByteHash.hash(start, name.count, salt: ByteHash.salt(parent, 0, seed: seed))
        let bit = unsafe Self.filterBit(start, name.count)
        let place = unsafe arena.insert(name)
        let id = nodes.insert(
            FieldNode(
                hash: hash, parent: parent, name: place, nameLength: Int32(name.count),
                prefix: unsafe ByteHash.prefix(start, name.count), nextSibling: nodes[parent].firstChild))
        if nodes[parent].firstChild >= 0 { nodes[nodes[parent].firstChild].previousSibling = id }
        nodes[parent].firstChild = id
        nodes[parent].children += 1
        nodes[parent].filter |= bit
        if nodes[parent].children == 1, nodes[parent].parent >= 0 { countDeep(parent, below: nodes[parent].parent) }
        return id
    }

    /// Notes that `node` has children now.
    private mutating func countDeep(_ node: Int32, below parent: Int32) {
        nodes[parent].deepChildren += 1
        // A name whose first part is empty begins with the dot.
        let first = nodes[node].nameLength > 0 ? UInt8(truncatingIfNeeded: nodes[node].prefix) : UInt8(ascii: ".")
        nodes[parent].deepFilter |= Self.deepFilterBit(first)
    }

    /// Forgets `node` and those above it that nobody needs any more.
    mutating func removeUnused(_ node: Int32, _ arena: inout ByteArena) {
        var node = node
        while node != Self.root, nodes[node].tests == 0, nodes[node].children == 0 {
            let record = nodes[node]
            arena.remove(record.name, count: Int(record.nameLength))
            nodes.remove(node)
            let parent = record.parent
            if record.nextSibling >= 0 { nodes[record.nextSibling].previousSibling = record.previousSibling }
            if record.previousSibling >= 0 {
                nodes[record.previousSibling].nextSibling = record.nextSibling
            } else {
                nodes[parent].firstChild = record.nextSibling
            }
            nodes[parent].children -= 1
            if nodes[parent].children == 0 {
                nodes[parent].filter = 0
                let above = nodes[parent].parent
                if above >= 0 {
                    nodes[above].deepChildren -= 1
                    if nodes[above].deepChildren == 0 { nodes[above].deepFilter = 0 }
                }
            }
            node = parent
        }
    }

    /// The path of `node`.
    func path(_ node: Int32, _ arena: ByteArena) -> [UInt8] {
        var names: [[UInt8]] = []
        var node = node
        while node != Self.root {
            let record = nodes[node]
            unsafe names.append(
                Array(UnsafeBufferPointer(start: arena.pointer(record.name), count: Int(record.nameLength))))
            node = record.parent
        }
        return Array(names.reversed().joined(separator: [UInt8(ascii: ".")]))
    }
}
