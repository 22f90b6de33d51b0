internal import JSONText

/// What reading an event needs of the scanner's answers.
///
/// Invariant: `bytes` are those that the scanner has found to be a well-formed object; the other pointers are the
/// scanner's, which is not used while they are.
@safe
struct EventWalk {
    let bytes: UnsafePointer<UInt8>
    let quotes: UnsafeMutablePointer<UInt64>
    private let bracketOffsets: UnsafeMutablePointer<Int32>
    private let bracketPartners: UnsafeMutablePointer<Int32>
    let origin: Int
    /// The end of the bytes.
    let limit: Int
    /// The word of `quotes` that is read, and its bits that have not been taken.
    private var word = 0
    private var bits: UInt64 = 0
    let hasEscapes: Bool

    init(_ bytes: UnsafePointer<UInt8>, count: Int, _ scanner: borrowing EventScanner) {
        unsafe self.bytes = bytes
        limit = count
        unsafe quotes = scanner.quotes
        unsafe bracketOffsets = scanner.bracketOffsets
        unsafe bracketPartners = scanner.bracketPartners
        origin = scanner.origin
        hasEscapes = scanner.hasEscapes
        bits = unsafe quotes[0]
    }

    /// Where the container that a bracket opens starts and ends.
    @inline(__always)
    func start(_ container: Int32) -> Int { unsafe Int(bracketOffsets[Int(container)]) }
    @inline(__always)
    func end(_ container: Int32) -> Int { unsafe start(bracketPartners[Int(container)]) }

    /// The container behind this one, if there is another one in the same container.
    @inline(__always)
    func next(_ container: Int32) -> Int32 { unsafe bracketPartners[Int(container)] &+ 1 }

    /// Takes the next quote; there must be one, which is so before the end of any object or string.
    @inline(__always)
    mutating func nextQuote() -> Int {
        while bits == 0 {
            word &+= 1
            bits = unsafe quotes[word]
        }
        let position = word &<< 6 | bits.trailingZeroBitCount
        bits &= bits &- 1
        return position &+ origin
    }

    /// Takes the next quote if it is before `end`; -1 for none.
    @inline(__always)
    mutating func nextQuote(before end: Int) -> Int {
        while bits == 0 {
            if (word &+ 1) &<< 6 &+ origin > end { return -1 }
            word &+= 1
            bits = unsafe quotes[word]
        }
        let position = (word &<< 6 | bits.trailingZeroBitCount) &+ origin
        if position > end { return -1 }
        bits &= bits &- 1
        return position
    }

    /// Goes on where another walk through the same event is.
    @inline(__always)
    mutating func seek(_ other: EventWalk) {
        word = other.word
        bits = other.bits
    }

    /// Goes on with the quotes from `position` on.
    @inline(__always)
    mutating func seek(_ position: Int) {
        let offset = position &- origin
        word = offset &>> 6
        bits = unsafe quotes[word] & (~0 &<< UInt64(truncatingIfNeeded: offset & 63))
    }

    /// The first position from `position` on that is not white space.
    @inline(__always)
    func skipSpace(_ position: Int) -> Int {
        var position = position
        while unsafe bytes[position] <= 0x20 { position &+= 1 }
        return position
    }

    /// The end of the number or literal at `position`.
    func scalarEnd(_ position: Int) -> Int {
        var position = position
        while true {
            let byte = unsafe bytes[position]
            if byte == UInt8(ascii: ",") || byte <= 0x20 || byte | 0x20 == UInt8(ascii: "}") { return position }
            position &+= 1
        }
    }
}

/// Walking through the event, as far as patterns ask for its fields.
extension IndexCore {
    /// Goes through the members of the object in container `container`, whose names start at `node`.
    ///
    /// The recursion is as deep as the event, at most ``EventScanner/depthLimit``.
    mutating func readObject(_ container: Int32, _ node: Int32, element: Int32, _ shared: inout EventWalk) {
        // A copy, which can be kept in registers until something inside is read.
        var walk = shared
        let end = walk.end(container)
        var child = container &+ 1
        while true {
            let start = walk.nextQuote(before: end) &+ 1
            if start == 0 {
                shared.seek(walk)
                return
            }
            let close = walk.nextQuote()
            // A colon follows, perhaps behind white space.
            var place = close &+ 1
            if unsafe walk.bytes[place] != UInt8(ascii: ":") { place = walk.skipSpace(place) }
            place &+= 1
            if unsafe walk.bytes[place] <= 0x20 { place = walk.skipSpace(place) }
            let field = unsafe descend(node, walk.bytes + start, close &- start, in: walk, at: start)
            let byte = unsafe walk.bytes[place]
            if byte == UInt8(ascii: "\"") {
                _ = walk.nextQuote()
                let last = walk.nextQuote()
                if field >= 0 {
                    unsafe readString(walk.bytes + place + 1, last &- place &- 1, field, element, walk.hasEscapes)
                }
            } else if byte | 0x20 == UInt8(ascii: "{") {
                if field >= 0 {
                    shared.seek(walk)
                    if byte == UInt8(ascii: "{") {
                        if trie[field].children > 0 { readObject(child, field, element: element, &shared) }
                    } else {
                        readArray(child, field, element: element, &shared)
                    }
                }
                walk.seek(walk.end(child))
                child = walk.next(child)
            } else if field >= 0, trie[field].tests > 0 {
                _ = unsafe readScalar(byte, walk.bytes + place, available: walk.limit &- place, field, element)
            }
        }
    }

    /// Goes through the elements of the array in container `container`, whose field is `node`.
    private mutating func readArray(_ container: Int32, _ node: Int32, element: Int32, _ walk: inout EventWalk) {
        let array = scratch.arrayEnds.append(0)
        var place = walk.skipSpace(walk.start(container) &+ 1)
        var child = container &+ 1
        let hasChildren = trie[node].children > 0
        let hasTests = trie[node].tests > 0
        walk.seek(walk.start(container))
        while true {
            let byte = unsafe walk.bytes[place]
            if byte == UInt8(ascii: "]") { break }
            if byte == UInt8(ascii: "\"") {
                _ = walk.nextQuote()
                let last = walk.nextQuote()
                unsafe readString(walk.bytes + place + 1, last &- place &- 1, node, element, walk.hasEscapes)
                place = last
            } else if byte | 0x20 == UInt8(ascii: "{") {
                if byte == UInt8(ascii: "[") || hasChildren {
                    let inner = scratch.elements.append(ArrayElement(array: array, parent: element))
                    if byte == UInt8(ascii: "{") {
                        readObject(child, node, element: inner, &walk)
                    } else {
                        readArray(child, node, element: inner, &walk)
                    }
                    scratch.elements[inner].end = Int32(truncatingIfNeeded: scratch.elements.count)
                }
                place = walk.end(child)
                walk.seek(place)
                child = walk.next(child)
            } else {
                if hasTests {
                    let available = walk.limit &- place
                    place &+= unsafe readScalar(byte, walk.bytes + place, available: available, node, element) &- 1
                } else {
                    place = walk.scalarEnd(place) &- 1
                }
            }
            place = walk.skipSpace(place &+ 1)
            if unsafe walk.bytes[place] == UInt8(ascii: ",") { place = walk.skipSpace(place &+ 1) }
        }
        scratch.arrayEnds[array] = Int32(truncatingIfNeeded: scratch.elements.count)
    }

    /// Reads a number or literal that begins with `byte`, and of which `available` bytes can be read; returns its length.
    @inline(__always)
    private mutating func readScalar(
        _ byte: UInt8, _ text: UnsafePointer<UInt8>, available: Int, _ node: Int32, _ element: Int32
    ) -> Int {
        switch byte {
        case UInt8(ascii: "t"):
            unsafe read(.true, as: .true, text, 4, node, element)
            return 4
        case UInt8(ascii: "f"):
            unsafe read(.false, as: .false, text, 5, node, element)
            return 5
        case UInt8(ascii: "n"):
            unsafe read(.null, as: .null, text, 4, node, element)
            return 4
        default: return unsafe read(number: text, available: available, node, element)
        }
    }

    /// The node that a member's name leads to; -1 for none.
    @inline(__always)
    private mutating func descend(
        _ node: Int32, _ name: UnsafePointer<UInt8>, _ count: Int, in walk: EventWalk, at place: Int
    ) -> Int32 {
        if walk.hasEscapes, unsafe Self.hasBackslash(name, count) { return unsafe descendUnescaped(node, name, count) }
        let children = trie.nodes[node].children
        if children > Self.unfilteredSiblingsMax,
            unsafe trie.nodes[node].filter & FieldTrie.filterBit(name, count) == 0
        {
            // No child has such a name.
        } else if children <= Self.siblingLimit {
            let isReadable = place &+ 8 <= walk.limit
            let prefix =
                isReadable ? unsafe ByteHash.prefix(readable: name, count) : unsafe ByteHash.prefix(name, count)
            let found = unsafe descendSiblings(node, name, count, prefix)
            if found >= 0 { return found }
        } else {
            let found = unsafe descendHashed(node, name, count)
            if found >= 0 { return found }
        }
        if count > 0, unsafe trie.nodes[node].deepFilter & FieldTrie.deepFilterBit(name[0]) != 0 {
            return unsafe descendDotted(node, name, count)
        }
        return -1
    }

    /// The same for a name with escapes.
    @inline(never)
    private mutating func descendUnescaped(_ node: Int32, _ name: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
        let (text, length) = unsafe unescape(name, count)
        let found = unsafe descendHashed(node, text, length)
        return found >= 0 ? found : unsafe descendDotted(node, text, length)
    }

    /// Up to as many children are compared one by one.
    private static let siblingLimit = 6
    /// Up to as many are compared with every name, more with those only that pass a filter.
    private static let unfilteredSiblingsMax = 2

    // These are methods of the core, and mutating, so that they are passed its address: a method of the trie, or one that
    // does not mutate, would get a copy, at half of the cost of the whole step. Likewise elsewhere where it counts.
    @inline(__always)
    private mutating func descendSiblings(
        _ node: Int32, _ name: UnsafePointer<UInt8>, _ count: Int, _ prefix: UInt64
    ) -> Int32 {
        var candidate = trie.nodes[node].firstChild
        while candidate >= 0 {
            if trie.nodes[candidate].prefix == prefix, Int(trie.nodes[candidate].nameLength) == count,
                unsafe count <= 8 || ByteHash.equal(arena.pointer(trie.nodes[candidate].name), name, count)
            {
                return candidate
            }
            candidate = trie.nodes[candidate].nextSibling
        }
        return -1
    }

    @inline(never)
    private mutating func descendHashed(_ node: Int32, _ name: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
        unsafe trie.child(node, name, count, arena)
    }

    /// The same for a name that may have dots: each of its parts is a step.
    @inline(never)
    private mutating func descendDotted(_ node: Int32, _ name: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
        var node = node
        var start = 0
        for index in 0..<count where unsafe name[index] == UInt8(ascii: ".") {
            node = unsafe trie.child(node, name + start, index - start, arena)
            if node < 0 { return -1 }
            start = index + 1
        }
        return start == 0 ? -1 : unsafe trie.child(node, name + start, count - start, arena)
    }

    @inline(__always)
    private mutating func readString(
        _ text: UnsafePointer<UInt8>, _ count: Int, _ node: Int32, _ element: Int32, _ hasEscapes: Bool
    ) {
        guard trie[node].tests > 0 else { return }
        if hasEscapes, unsafe Self.hasBackslash(text, count) {
            let (text, length) = unsafe unescape(text, count)
            unsafe read(string: text, length, node, element)
        } else {
            unsafe read(string: text, count, node, element)
        }
    }

    private static func hasBackslash(_ text: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        for index in 0..<count where unsafe text[index] == UInt8(ascii: "\\") { return true }
        return false
    }

    /// The meaning of a string's text, which has escapes.
    @inline(never)
    private mutating func unescape(_ text: UnsafePointer<UInt8>, _ count: Int) -> (UnsafePointer<UInt8>, Int) {
        scratch.meaning.removeAll(keepingCapacity: true)
        unsafe JSONString.appendUnescaped(Span(_unsafeStart: text, count: count), to: &scratch.meaning)
        let start = scratch.unescaped.count
        for byte in scratch.meaning { scratch.unescaped.append(byte) }
        return unsafe (UnsafePointer(scratch.unescaped.base + start), scratch.meaning.count)
    }
}
