/// The field paths somebody asks for, as a trie over their bytes: an event is scanned along it, and whole objects that
/// nobody asks about fall out at their name.
///
/// A path is the names from the top joined with `.`, so that `{"a":{"b":…}}` and `{"a.b":…}` are one (Path.java:12).
package struct PathTable: Sendable {
    /// A place in the trie; `root` is the empty path.
    package typealias Node = Int
    package static let root: Node = 0

    private var edges: [Int: Node] = [:]
    private var pathIDs: [Int] = [-1]

    package init() {}

    /// How many nodes there are: what the table costs.
    private var count: Int { pathIDs.count }

    /// Makes `path` known under `id`, which is 0 or more.
    package mutating func insert(_ path: [UInt8], id: Int) {
        var node = Self.root
        for byte in path {
            if let next = edges[node << 8 | Int(byte)] {
                node = next
            } else {
                let next = pathIDs.count
                pathIDs.append(-1)
                edges[node << 8 | Int(byte)] = next
                node = next
            }
        }
        pathIDs[node] = id
    }

    /// Forgets the id of `path`. Its nodes stay.
    package mutating func remove(_ path: [UInt8]) {
        var node = Self.root
        for byte in path {
            guard let next = edges[node << 8 | Int(byte)] else { return }
            node = next
        }
        pathIDs[node] = -1
    }

    /// Whether most nodes are left over from removed paths, when the paths in use have `live` bytes.
    package func isMostlyUnused(live: Int) -> Bool { count > 1_000 && count > 4 * live }

    /// The node after `name` below `node`; nil when no known path goes on that way.
    package func descend(_ node: Node, _ name: Span<UInt8>) -> Node? {
        var node = node
        for index in name.indices {
            guard let next = edges[node << 8 | Int(name[index])] else { return nil }
            node = next
        }
        return node
    }

    /// The node at which the names of an object's members start, when the object itself is at `node`.
    package func enterObject(_ node: Node) -> Node? { edges[node << 8 | Int(UInt8(ascii: "."))] }

    /// The id of the path that ends at `node`; nil for none.
    package func pathID(_ node: Node) -> Int? {
        let id = pathIDs[node]
        return id < 0 ? nil : id
    }
}
