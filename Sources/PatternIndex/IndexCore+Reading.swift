internal import JSONText

/// What reading an event needs of the scanner's answers.
///
/// Invariant: `bytes` are those that the scanner has found to be a well-formed object; the other pointers are the
/// scanner's, which is not used while they are.
@safe
struct EventWalk {
    let bytes: UnsafePointer<UInt8>
    let quotes: UnsafeMutablePointer<UInt64>
    let containers: UnsafeMutablePointer<EventScanner.Container>
    let origin: Int
    let hasEscapes: Bool
    /// The word of `quotes` that is read, and its bits that have not been taken.
    private var word = 0
    private var bits: UInt64 = 0

    init(_ bytes: UnsafePointer<UInt8>, _ scanner: borrowing EventScanner) {
        unsafe self.bytes = bytes
        unsafe quotes = scanner.quotes
        unsafe containers = scanner.containers
        origin = scanner.origin
        hasEscapes = scanner.hasEscapes
        bits = unsafe quotes[0]
    }

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

    /// The next quote before `end`, without taking it; -1 for none.
    @inline(__always)
    mutating func peekQuote(before end: Int) -> Int {
        while bits == 0 {
            if (word &+ 1) &<< 6 &+ origin > end { return -1 }
            word &+= 1
            bits = unsafe quotes[word]
        }
        let position = (word &<< 6 | bits.trailingZeroBitCount) &+ origin
        return position < end ? position : -1
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
    @inline(__always)
    func scalarEnd(_ position: Int) -> Int {
        var position = position
        while true {
            let byte = unsafe bytes[position]
            if byte == UInt8(ascii: ",") || byte <= 0x20 || byte | 0x20 == UInt8(ascii: "}") { return position }
            position &+= 1
        }
    }

    /// The kind of the number or literal that starts with `byte`.
    @inline(__always)
    static func kind(_ byte: UInt8) -> JSONKind {
        switch byte {
        case UInt8(ascii: "t"): .true
        case UInt8(ascii: "f"): .false
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }
}

/// Walking through the event, as far as patterns ask for its fields.
extension IndexCore {
    /// Goes through the members of the object in container `container`, whose names start at `node`.
    ///
    /// The recursion is as deep as the event, at most ``EventScanner/depthLimit``.
    mutating func readObject(_ container: Int32, _ node: Int32, element: Int32, _ walk: inout EventWalk) {
        let end = unsafe Int(walk.containers[Int(container)].end)
        var child = container &+ 1
        while walk.peekQuote(before: end) >= 0 {
            let start = walk.nextQuote() &+ 1
            let close = walk.nextQuote()
            // A colon follows, perhaps behind white space.
            var place = close &+ 1
            if unsafe walk.bytes[place] != UInt8(ascii: ":") { place = walk.skipSpace(place) }
            place &+= 1
            if unsafe walk.bytes[place] <= 0x20 { place = walk.skipSpace(place) }
            let field = unsafe descend(node, walk.bytes + start, close &- start, walk.hasEscapes)
            let byte = unsafe walk.bytes[place]
            if byte == UInt8(ascii: "\"") {
                _ = walk.nextQuote()
                let last = walk.nextQuote()
                if field >= 0 {
                    unsafe readString(walk.bytes + place + 1, last &- place &- 1, field, element, walk.hasEscapes)
                }
            } else if byte | 0x20 == UInt8(ascii: "{") {
                if field >= 0 {
                    if byte == UInt8(ascii: "{") {
                        if trie[field].children > 0 { readObject(child, field, element: element, &walk) }
                    } else {
                        readArray(child, field, element: element, &walk)
                    }
                }
                unsafe walk.seek(Int(walk.containers[Int(child)].end))
                child = unsafe walk.containers[Int(child)].next
            } else if field >= 0, trie[field].tests > 0 {
                let length = walk.scalarEnd(place) &- place
                unsafe read(EventWalk.kind(byte), walk.bytes + place, length, field, element)
            }
        }
    }

    /// Goes through the elements of the array in container `container`, whose field is `node`.
    private mutating func readArray(_ container: Int32, _ node: Int32, element: Int32, _ walk: inout EventWalk) {
        let array = scratch.arrayEnds.append(0)
        var place = unsafe walk.skipSpace(Int(walk.containers[Int(container)].start) &+ 1)
        var child = container &+ 1
        let hasChildren = trie[node].children > 0
        let hasTests = trie[node].tests > 0
        unsafe walk.seek(Int(walk.containers[Int(container)].start))
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
                place = unsafe Int(walk.containers[Int(child)].end)
                walk.seek(place)
                child = unsafe walk.containers[Int(child)].next
            } else {
                let end = walk.scalarEnd(place)
                if hasTests { unsafe read(EventWalk.kind(byte), walk.bytes + place, end &- place, node, element) }
                place = end &- 1
            }
            place = walk.skipSpace(place &+ 1)
            if unsafe walk.bytes[place] == UInt8(ascii: ",") { place = walk.skipSpace(place &+ 1) }
        }
        scratch.arrayEnds[array] = Int32(truncatingIfNeeded: scratch.elements.count)
    }

    /// The node that a member's name leads to; -1 for none.
    @inline(__always)
    private mutating func descend(
        _ node: Int32, _ name: UnsafePointer<UInt8>, _ count: Int, _ hasEscapes: Bool
    ) -> Int32 {
        if hasEscapes, unsafe Self.hasBackslash(name, count) {
            let (text, length) = unsafe unescape(name, count)
            return unsafe trie.descend(node, text, length, arena)
        }
        return unsafe trie.descend(node, name, count, arena)
    }

    @inline(__always)
    private mutating func readString(
        _ text: UnsafePointer<UInt8>, _ count: Int, _ node: Int32, _ element: Int32, _ hasEscapes: Bool
    ) {
        guard trie[node].tests > 0 else { return }
        if hasEscapes, unsafe Self.hasBackslash(text, count) {
            let (text, length) = unsafe unescape(text, count)
            unsafe read(.string, text, length, node, element)
        } else {
            unsafe read(.string, text, count, node, element)
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
