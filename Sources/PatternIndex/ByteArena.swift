/// Runs of bytes of any length in one slab, cut in multiples of 8 bytes. What is given back is used again for runs of
/// the same class of size.
@safe
struct ByteArena {
    /// A run: its place in units of 8 bytes; -1 for an empty one.
    typealias Place = Int32

    private var words = Slab<UInt64>(capacity: 1024)
    /// First free run of each class; -1 for none. A free run's first word holds the next one.
    private var free = Slab<Int32>()
    /// Words in use.
    private(set) var used = 0

    init() {
        for _ in 0..<Self.classCount { free.append(-1) }
    }

    var bytes: Int { words.bytes + free.bytes }

    func deallocate() {
        words.deallocate()
        free.deallocate()
    }

    /// Up to 64 words each length is a class, above that the powers of two.
    private static let classCount = 64 + 32

    private static func sizeClass(_ words: Int) -> (index: Int, words: Int) {
        if words <= 64 { return (words - 1, words) }
        let bits = Int.bitWidth - (words - 1).leadingZeroBitCount
        return (64 + bits - 6, 1 << bits)
    }

    /// The bytes of a run.
    @inline(__always)
    func pointer(_ place: Place) -> UnsafeMutablePointer<UInt8> {
        unsafe UnsafeMutableRawPointer(words.base + Int(max(place, 0))).assumingMemoryBound(to: UInt8.self)
    }

    /// Makes a run of `count` bytes, whose content is undefined.
    mutating func allocate(_ count: Int) -> Place {
        if count == 0 { return -1 }
        let (index, size) = Self.sizeClass((count + 7) / 8)
        used += size
        if free[index] >= 0 {
            let place = free[index]
            free[index] = Int32(truncatingIfNeeded: words[place])
            return place
        }
        return Int32(words.extend(by: size))
    }

    /// Makes a run with a copy of `bytes`.
    mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>) -> Place {
        let place = allocate(bytes.count)
        if let source = bytes.baseAddress, bytes.count > 0 {
            unsafe pointer(place).update(from: source, count: bytes.count)
        }
        return place
    }

    /// Gives a run of `count` bytes back.
    mutating func remove(_ place: Place, count: Int) {
        if place < 0 { return }
        let (index, size) = Self.sizeClass((count + 7) / 8)
        used -= size
        words[place] = UInt64(UInt32(bitPattern: free[index]))
        free[index] = place
        if used == 0 {
            for index in 0..<Self.classCount { free[index] = -1 }
            words.removeAll()
        }
    }
}

/// 32-bit numbers in an arena.
///
/// Invariant: the run they are in is `count` numbers long and stays in use, and the arena does not grow, while the list
/// is.
@safe
struct NumberList: Sequence {
    private let start: UnsafeMutableRawPointer
    let count: Int

    @inline(__always)
    init(_ start: UnsafeMutablePointer<UInt8>, count: Int) {
        unsafe self.start = UnsafeMutableRawPointer(start)
        self.count = count
    }

    @inline(__always)
    subscript(index: Int) -> Int32 {
        get { unsafe start.load(fromByteOffset: index &* 4, as: Int32.self) }
        nonmutating set { unsafe start.storeBytes(of: newValue, toByteOffset: index &* 4, as: Int32.self) }
    }

    @inline(__always)
    func makeIterator() -> Iterator { Iterator(list: self) }

    struct Iterator: IteratorProtocol {
        let list: NumberList
        private var index = 0

        @inline(__always)
        init(list: NumberList) { self.list = list }

        @inline(__always)
        mutating func next() -> Int32? {
            if index == list.count { return nil }
            defer { index &+= 1 }
            return list[index]
        }
    }
}
