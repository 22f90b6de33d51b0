internal import JSONText

/// A leaf of the event at a field that some pattern asks for.
///
/// Invariant: `text` points into the event, or into the unescaped strings of the scratch, for as long as the event is
/// matched.
@safe
struct FieldValue {
    /// A string's meaning, a number's spelling.
    let text: UnsafePointer<UInt8>
    let length: Int32
    let node: Int32
    /// The innermost array element it stands in; 0 for none.
    let element: Int32
    /// The next value of the same field; -1 for none.
    var next: Int32 = -1
    let kind: JSONKind
    /// Of a number.
    var number: NumberText
}

/// An object or array that is an element of an array.
struct ArrayElement {
    let array: Int32
    /// The element around the array; 0 for none.
    let parent: Int32
    /// The first element that is not inside this one.
    var end: Int32 = 0
}

/// Memory that matching uses again and again.
///
/// It grows with the largest event. What is above ``keptBytes`` in any part of it is given back when as many events as
/// ``patience`` have not needed it.
@safe
struct MatchScratch: ~Copyable {
    var scanner = EventScanner()
    var values = Slab<FieldValue>()
    /// Element 0 stands for "in no array".
    var elements = Slab<ArrayElement>()
    /// Per array, the first element behind its last.
    var arrayEnds = Slab<Int32>()
    /// The satisfied tests that somebody waits for.
    var satisfied = Slab<Int32>()
    var ranges = Slab<Int32>()
    /// Fields with so many numbers that their ranges are looked for together.
    var crowded = Slab<Int32>()
    /// Fields with so many excluded values that their exclusions are looked for together.
    var excluding = Slab<Int32>()
    /// The excluded values that occur at such a field; per test, how many it excludes.
    var exclusions = EventTable<Int32>()
    var matched = Slab<UInt32>()
    /// Strings without their escapes. Never longer than the event, so it does not move while the event is read.
    var unescaped = Slab<UInt8>()
    /// One such string, while it is made.
    var meaning: [UInt8] = []
    /// A value in lower case.
    var folded = Slab<UInt8>()

    // What is found out about arrays when somebody asks.
    var places = PlaceTable()
    /// Per field, how many of its exact tests were asked for places.
    var grouped = EventTable<UInt32>()
    /// Tests and the elements of values that satisfy them.
    var pairs = Slab<UInt64>()
    var search = ArraySearch()
    /// Whether tests hold together, by a hash of their numbers.
    var decided = EventTable<Bool>()
    /// Numbers of fields, sorted, and where those of a field are.
    var sortedNumbers = Slab<Int64>()
    var sorted = EventTable<PlaceTable.Run>()
    /// Elements that are about to become a set of places.
    var found = Slab<Int32>()
    /// Whether any of these is in use: for most events none is.
    var isSearched = false

    var work = WorkBudget()
    /// How many events more may pass before memory is given back; 0 if there is none to give.
    private var eventsLeft: Int32 = 0

    /// Bytes that each part may keep.
    private static let keptBytes = 1 << 17
    private static let patience: Int32 = 100
    /// An event of fewer bytes needs no more than that to be read, and to find so many patterns or places.
    private static let largeEvent = 1 << 12
    private static let largeCount = 1 << 14

    deinit {
        values.deallocate()
        elements.deallocate()
        arrayEnds.deallocate()
        satisfied.deallocate()
        ranges.deallocate()
        crowded.deallocate()
        excluding.deallocate()
        exclusions.deallocate()
        matched.deallocate()
        unescaped.deallocate()
        folded.deallocate()
        places.deallocate()
        grouped.deallocate()
        pairs.deallocate()
        search.deallocate()
        decided.deallocate()
        sortedNumbers.deallocate()
        sorted.deallocate()
        found.deallocate()
    }

    /// Bytes that are allocated.
    var bytes: Int {
        let reading =
            scanner.bytes + values.bytes + elements.bytes + arrayEnds.bytes + satisfied.bytes + ranges.bytes
            + crowded.bytes + excluding.bytes + exclusions.bytes + matched.bytes + unescaped.bytes + meaning.capacity
            + folded.bytes
        return reading + places.bytes + grouped.bytes + pairs.bytes + search.bytes + decided.bytes
            + sortedNumbers.bytes + sorted.bytes + found.bytes
    }

    /// Notes that an event begins, with what the last one has left.
    @inline(__always)
    mutating func noteEvent(length: Int) {
        if length > Self.largeEvent || matched.count | satisfied.count > Self.largeCount || isSearched {
            noteLargeEvent(length)
        } else if eventsLeft > 0 {
            waitForRelease()
        }
    }

    @inline(never)
    private mutating func noteLargeEvent(_ length: Int) {
        let found = matched.count | satisfied.count | Int(places.start) | sortedNumbers.count | decided.count
        if length > Self.largeEvent || found > Self.largeCount {
            eventsLeft = Self.patience
        } else if eventsLeft > 0 {
            waitForRelease()
        }
    }

    private mutating func waitForRelease() {
        eventsLeft -= 1
        if eventsLeft == 0 { release(above: Self.keptBytes) }
    }

    /// Gives back what large events have made of the memory, and forgets the last event.
    @inline(never)
    private mutating func release(above limit: Int) {
        scanner.release(above: limit)
        values.release(above: limit)
        elements.release(above: limit)
        arrayEnds.release(above: limit)
        satisfied.release(above: limit)
        ranges.release(above: limit)
        crowded.release(above: limit)
        excluding.release(above: limit)
        exclusions.removeAll()
        exclusions.release(above: limit)
        matched.release(above: limit)
        unescaped.release(above: limit)
        if meaning.capacity > limit { meaning = [] }
        folded.release(above: limit)
        places.removeAll()
        places.release(above: limit)
        grouped.removeAll()
        grouped.release(above: limit)
        pairs.release(above: limit)
        search.release(above: limit)
        decided.removeAll()
        decided.release(above: limit)
        sortedNumbers.release(above: limit)
        sorted.removeAll()
        sorted.release(above: limit)
        found.release(above: limit)
        isSearched = false
    }
}
