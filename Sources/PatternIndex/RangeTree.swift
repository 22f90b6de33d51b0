/// A numeric range in the tree of its field.
struct RangeNode {
    /// Order keys of the least and the greatest number in the range (``NumberText/orderKey(_:)``).
    let least: Int64
    let greatest: Int64
    /// The largest `greatest` in the subtree.
    var reach: Int64
    var left: Int32 = -1
    var right: Int32 = -1
    let priority: UInt32
    let test: Int32
}

/// The numeric ranges of all fields: per field a search tree by the least number, balanced by random priorities (a
/// treap: R. Seidel and C. R. Aragon, 1996), in which each node knows how far its subtree reaches. Which ranges contain
/// a number is found in time proportional to their number and the depth, which is logarithmic; so are insertion and
/// removal.
@safe
struct RangeForest {
    private var nodes = Pool<RangeNode>()
    private var random: UInt64 = ByteHash.seed | 1

    var bytes: Int { nodes.bytes }
    var count: Int { nodes.count }

    func deallocate() { nodes.deallocate() }

    /// Adds a range to the tree at `root`; returns the number of its node.
    mutating func insert(_ test: Int32, least: Int64, greatest: Int64, root: inout Int32) -> Int32 {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        let new = nodes.insert(
            RangeNode(
                least: least, greatest: greatest, reach: greatest, priority: UInt32(truncatingIfNeeded: random >> 16),
                test: test))
        root = insert(new, into: root)
        return new
    }

    /// Whether `a` stands before `b`.
    private func precedes(_ a: Int32, _ b: Int32) -> Bool {
        nodes[a].least != nodes[b].least ? nodes[a].least < nodes[b].least : a < b
    }

    private func update(_ id: Int32) {
        var reach = nodes[id].greatest
        if nodes[id].left >= 0 { reach = max(reach, nodes[nodes[id].left].reach) }
        if nodes[id].right >= 0 { reach = max(reach, nodes[nodes[id].right].reach) }
        nodes[id].reach = reach
    }

    private func insert(_ new: Int32, into root: Int32) -> Int32 {
        guard root >= 0 else { return new }
        if nodes[new].priority > nodes[root].priority {
            (nodes[new].left, nodes[new].right) = split(root, before: new)
            update(new)
            return new
        }
        if precedes(new, root) {
            nodes[root].left = insert(new, into: nodes[root].left)
        } else {
            nodes[root].right = insert(new, into: nodes[root].right)
        }
        update(root)
        return root
    }

    /// Cuts a tree in what stands before `pivot` and what stands behind it.
    private func split(_ root: Int32, before pivot: Int32) -> (Int32, Int32) {
        guard root >= 0 else { return (-1, -1) }
        if precedes(root, pivot) {
            let (low, high) = split(nodes[root].right, before: pivot)
            nodes[root].right = low
            update(root)
            return (root, high)
        }
        let (low, high) = split(nodes[root].left, before: pivot)
        nodes[root].left = high
        update(root)
        return (low, root)
    }

    private func join(_ low: Int32, _ high: Int32) -> Int32 {
        guard low >= 0 else { return high }
        guard high >= 0 else { return low }
        if nodes[low].priority > nodes[high].priority {
            nodes[low].right = join(nodes[low].right, high)
            update(low)
            return low
        }
        nodes[high].left = join(low, nodes[high].left)
        update(high)
        return high
    }

    /// Takes a node out of the tree at `root`.
    mutating func remove(_ id: Int32, root: inout Int32) {
        root = removing(id, from: root)
        nodes.remove(id)
    }

    private func removing(_ id: Int32, from root: Int32) -> Int32 {
        if root == id { return join(nodes[root].left, nodes[root].right) }
        if precedes(id, root) {
            nodes[root].left = removing(id, from: nodes[root].left)
        } else {
            nodes[root].right = removing(id, from: nodes[root].right)
        }
        update(root)
        return root
    }

    /// Appends the tests of the ranges that contain `key`.
    mutating func collect(_ key: Int64, at root: Int32, into tests: inout Slab<Int32>) {
        var current = root
        while current >= 0 {
            let node = nodes[current]
            if node.reach < key { return }
            if node.left >= 0, nodes[node.left].reach >= key { collect(key, at: node.left, into: &tests) }
            if node.least > key { return }
            if node.greatest >= key { tests.append(node.test) }
            current = node.right
        }
    }

    /// Appends the tests of the ranges that contain some of `keys`, which ascend; each once.
    ///
    /// - Parameter least: none of the tree's ranges begins before this.
    func collect(
        anyOf keys: UnsafeBufferPointer<Int64>, least: Int64, at root: Int32, into tests: inout Slab<Int32>
    ) {
        guard root >= 0 else { return }
        let node = nodes[root]
        // Only keys from `least` up to the subtree's reach can be in a range of it.
        let first = unsafe Self.lowerBound(keys, least)
        guard first < keys.count, unsafe keys[first] <= node.reach else { return }
        unsafe collect(anyOf: keys, least: least, at: node.left, into: &tests)
        let next = unsafe Self.lowerBound(keys, node.least)
        guard next < keys.count else { return }
        if unsafe keys[next] <= node.greatest { tests.append(node.test) }
        unsafe collect(anyOf: keys, least: node.least, at: node.right, into: &tests)
    }

    /// The position of the first key that is not below `bound`.
    private static func lowerBound(_ keys: UnsafeBufferPointer<Int64>, _ bound: Int64) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if unsafe keys[middle] < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
