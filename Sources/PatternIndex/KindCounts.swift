/// How many tests there are of each kind, kept up as they come and go.
@safe
struct KindCounts {
    private var counts = Slab<Int32>(capacity: TestKind.allCases.count)

    init() {
        for _ in TestKind.allCases { counts.append(0) }
    }

    func deallocate() { counts.deallocate() }

    var bytes: Int { counts.bytes }

    @inline(__always)
    subscript(kind: TestKind) -> Int32 {
        get { counts[Int(kind.rawValue)] }
        nonmutating _modify { yield &counts[Int(kind.rawValue)] }
    }

    /// In the order of the kinds.
    var all: [Int] { (0..<counts.count).map { Int(counts[$0]) } }
}
