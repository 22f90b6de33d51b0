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
}
