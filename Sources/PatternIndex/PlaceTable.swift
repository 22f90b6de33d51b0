/// Where values stand in the arrays of an event: runs of the numbers of elements, each made when it is first asked for,
/// and kept for all conjunctions that ask for it again.
@safe
struct PlaceTable {
    /// A set of places.
    struct Places {
        /// The elements, ascending, each once, as a run of ``PlaceTable/elements``; 0 for a value in no array.
        var elements = Run()
        /// The arrays around them, each once, as a run of ``PlaceTable/arrays``.
        var arrays = Run()
    }

    /// Positions of a slab.
    struct Run {
        var start: Int32 = 0
        var end: Int32 = 0

        @inline(__always)
        var count: Int { Int(end &- start) }
    }

    private(set) var elements = Slab<Int32>()
    private(set) var arrays = Slab<Int32>()
    private var known = EventTable<Places>()
    /// Per array, the last set that it was found in.
    private var marks = Slab<UInt32>()
    private var mark: UInt32 = 0

    func deallocate() {
        elements.deallocate()
        arrays.deallocate()
        known.deallocate()
        marks.deallocate()
    }

    var bytes: Int { elements.bytes + arrays.bytes + known.bytes + marks.bytes }

    /// The key of the values that satisfy a test.
    static func key(test: Int32) -> UInt64 { UInt64(UInt32(bitPattern: test)) }

    /// The key of all values of a field.
    static func key(field: Int32) -> UInt64 { UInt64(UInt32(bitPattern: field)) | 1 &<< 32 }

    /// The key of the first values at the places of a field.
    static func key(firstValues field: Int32) -> UInt64 { UInt64(UInt32(bitPattern: field)) | 2 &<< 32 }

    /// The set with this key; nil if it has not been made.
    func find(_ key: UInt64) -> Places? {
        let position = known.find(key)
        return position < 0 ? nil : known[position]
    }

    /// Where the set that is made next begins.
    var start: Int32 { Int32(truncatingIfNeeded: elements.count) }

    /// Adds an element to the set that is being made.
    @inline(__always)
    mutating func append(_ element: Int32) { elements.append(element) }

    /// Adds the elements of another set to the one that is being made.
    mutating func append(_ other: Places) {
        for position in other.elements.start..<other.elements.end { elements.append(elements[position]) }
    }

    /// Ends a run of other numbers that began at `start`, and notes it under its key; nothing is in it if it is not valid.
    mutating func finish(_ key: UInt64, from start: Int32, isValid: Bool) -> Run {
        if !isValid { elements.truncate(to: Int(start)) }
        let run = Run(start: start, end: self.start)
        known.insert(key, Places(elements: run, arrays: Run()))
        return run
    }

    /// Ends the set that began at `start`: sorts it, and notes it under its key, if it has one.
    mutating func finish(_ key: UInt64?, from start: Int32, in event: Slab<ArrayElement>, arrayCount: Int) -> Places {
        let end = sort(from: Int(start))
        elements.truncate(to: end)
        while marks.count < arrayCount { marks.append(0) }
        if mark == .max { forgetMarks() }
        mark += 1
        let firstArray = arrays.count
        for position in Int(start)..<end {
            var element = elements[position]
            // What is around an array that was seen has been seen, too.
            while element != 0, marks[event[element].array] != mark {
                marks[event[element].array] = mark
                arrays.append(event[element].array)
                element = event[element].parent
            }
        }
        let places = Places(
            elements: Run(start: start, end: Int32(truncatingIfNeeded: end)),
            arrays: Run(
                start: Int32(truncatingIfNeeded: firstArray), end: Int32(truncatingIfNeeded: arrays.count)))
        if let key { known.insert(key, places) }
        return places
    }

    mutating func removeAll() {
        elements.removeAll()
        arrays.removeAll()
        known.removeAll()
    }

    /// Gives back memory that is more than `limit` bytes in any part. The table must be empty.
    mutating func release(above limit: Int) {
        elements.release(above: limit)
        arrays.release(above: limit)
        known.release(above: limit)
        marks.release(above: limit)
    }

    /// Sorts the elements from `start` on, each once; returns the end of what is left. They mostly are in order already.
    private func sort(from start: Int) -> Int {
        var run = unsafe UnsafeMutableBufferPointer(start: elements.base + start, count: elements.count - start)
        var isSorted = true
        for index in 1..<max(run.count, 1) where unsafe run[index - 1] > run[index] { isSorted = false }
        if !isSorted { unsafe run.sort() }
        var kept = 0
        for index in 0..<run.count where unsafe kept == 0 || run[kept - 1] != run[index] {
            unsafe run[kept] = run[index]
            kept += 1
        }
        return start + kept
    }

    private mutating func forgetMarks() {
        for array in 0..<marks.count { marks[array] = 0 }
        mark = 0
    }
}
