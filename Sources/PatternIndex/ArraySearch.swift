/// Decides whether one choice of values satisfies all tests of a conjunction with array consistency, as Ruler does
/// (StructuredFinder.java:72): the fields are tried in the order of their paths; each value chosen fixes the array
/// elements it stands in; absence is judged against what is fixed so far, not against what comes later.
///
/// Elements are numbered in the order of the text, so those inside an element, and those of an array, are runs of
/// numbers: values that conflict with a choice are jumped over by binary search. What is fixed is remembered by a hash
/// of those arrays only that a later field has values in, and what has failed once is not tried again. Events that do
/// not repeat names take about as long as reading them. What remains (a repeated name can encode any Boolean formula)
/// is cut off after `stepLimit` steps.
@safe
struct ArraySearch {
    /// How many places are looked at before the search gives up, and the pattern does not match: in proportion to the
    /// event.
    private var stepLimit = 0

    /// One field of the conjunction: its places are runs of `places`.
    private struct Field {
        /// Elements in which values stand that satisfy the test.
        let matching: Run
        /// Elements in which any values stand, if the field may also be missing.
        let any: Run
        let allowsAbsence: Bool
    }

    private struct Run {
        var start: Int
        let end: Int
    }

    private var fields = Slab<Field>()
    private var places = Slab<Int32>()
    /// Per array, the element that is chosen, or -1; and the last field that has values in the array.
    private var chosen = Slab<Int32>()
    private var lastUse = Slab<Int32>()
    /// The arrays for which an element is chosen, in the order of choice.
    private var trail = Slab<Int32>()
    /// States that have failed: an open hash table of their hashes, 0 for none.
    private var failed = Slab<UInt64>()
    private var failures = 0
    /// The last field that may be missing; -1 for none.
    private var lastAbsence = -1
    private var steps = 0

    func deallocate() {
        fields.deallocate()
        places.deallocate()
        chosen.deallocate()
        lastUse.deallocate()
        trail.deallocate()
        failed.deallocate()
    }

    /// Begins a search in an event with so many arrays and elements.
    mutating func begin(arrayCount: Int, elementCount: Int) {
        stepLimit = 100_000 + 64 * elementCount
        fields.removeAll()
        places.removeAll()
        trail.removeAll()
        chosen.removeAll()
        lastUse.removeAll()
        _ = chosen.extend(by: arrayCount)
        _ = lastUse.extend(by: arrayCount)
        for array in 0..<arrayCount {
            chosen[array] = -1
            lastUse[array] = -1
        }
        steps = 0
        lastAbsence = -1
        clearFailures(64)
    }

    /// Takes a place of the field that is added next, matching ones first.
    mutating func add(place: Int32) { places.append(place) }

    /// How many places there are, to tell those of one field from those of the next.
    var placeCount: Int { places.count }

    /// Adds the field whose matching places were added from `start` to `middle`, and all places from there on.
    mutating func addField(from start: Int, to middle: Int, allowsAbsence: Bool, _ elements: Slab<ArrayElement>) {
        let matching = Run(start: start, end: sort(from: start, to: middle))
        // Sorting removes what is double; what follows stays where it is.
        let any = Run(start: middle, end: sort(from: middle, to: places.count))
        let index = fields.append(Field(matching: matching, any: any, allowsAbsence: allowsAbsence))
        if allowsAbsence { lastAbsence = Int(index) }
        use(matching, by: index, elements)
        use(any, by: index, elements)
    }

    /// Notes that the field has values in the arrays around a run of places.
    private func use(_ run: Run, by field: Int32, _ elements: Slab<ArrayElement>) {
        for position in run.start..<run.end {
            var element = places[position]
            while element != 0, lastUse[elements[element].array] != field {
                lastUse[elements[element].array] = field
                element = elements[element].parent
            }
        }
    }

    /// Sorts places, each once; returns the end of what is left. They mostly are in order already.
    private func sort(from start: Int, to end: Int) -> Int {
        var run = unsafe UnsafeMutableBufferPointer(start: places.base + start, count: end - start)
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

    /// Whether the conjunction of the fields that were added holds.
    mutating func run(_ elements: Slab<ArrayElement>, _ arrayEnds: Slab<Int32>) -> Bool {
        holds(from: 0, elements, arrayEnds)
    }

    /// Whether the fields from `index` on hold, given what is chosen. The recursion is as deep as the conjunction has
    /// fields.
    private mutating func holds(from index: Int, _ elements: Slab<ArrayElement>, _ arrayEnds: Slab<Int32>) -> Bool {
        if index == fields.count { return true }
        let state = state(before: index)
        if hasFailed(state) { return false }
        let field = fields[index]
        if field.allowsAbsence, next(in: field.any, elements, arrayEnds) == nil,
            holds(from: index + 1, elements, arrayEnds)
        {
            return true
        }
        var rest = field.matching
        while let position = next(in: rest, elements, arrayEnds), steps < stepLimit {
            steps += 1
            let mark = trail.count
            choose(places[position], elements)
            if holds(from: index + 1, elements, arrayEnds) { return true }
            let isFree = !fixesAnything(for: index + 1)
            while trail.count > mark { chosen[trail.removeLast()] = -1 }
            // Without absence to come, a choice that fixes nothing is as good as any.
            if isFree, index >= lastAbsence { break }
            rest.start = position + 1
        }
        fail(state)
        return false
    }

    /// The first place of a run that is consistent with what is chosen.
    private func next(in run: Run, _ elements: Slab<ArrayElement>, _ arrayEnds: Slab<Int32>) -> Int? {
        var position = run.start
        search: while position < run.end {
            var element = places[position]
            while element != 0 {
                let record = elements[element]
                let choice = chosen[record.array]
                if choice >= 0, choice != element {
                    // Nothing fits before the chosen element, or, behind it, before the end of the array.
                    position = lowerBound(choice > element ? choice : arrayEnds[record.array], position, run.end)
                    continue search
                }
                element = record.parent
            }
            return position
        }
        return nil
    }

    private func lowerBound(_ element: Int32, _ start: Int, _ end: Int) -> Int {
        var low = start
        var high = end
        while low < high {
            let middle = (low + high) / 2
            if places[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func choose(_ place: Int32, _ elements: Slab<ArrayElement>) {
        var element = place
        while element != 0 {
            let record = elements[element]
            if chosen[record.array] < 0 {
                chosen[record.array] = element
                trail.append(record.array)
            }
            element = record.parent
        }
    }

    private func fixesAnything(for index: Int) -> Bool {
        for position in 0..<trail.count where lastUse[trail[position]] >= Int32(index) { return true }
        return false
    }

    // MARK: What has failed

    /// A hash of the field's number and the choices that matter to it and later ones. Two states share one by a chance
    /// of 2⁻⁶⁴, which no event can raise: the hash depends on a number that is drawn at random.
    private func state(before index: Int) -> UInt64 {
        var sum: UInt64 = 0
        for position in 0..<trail.count {
            let array = trail[position]
            if lastUse[array] >= Int32(index) {
                sum &+= Self.mix(UInt64(UInt32(array)) << 32 | UInt64(UInt32(chosen[array])))
            }
        }
        return max(Self.mix(sum &+ UInt64(index)), 1)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = (value ^ ByteHash.seed) &* 0x9E37_79B9_7F4A_7C15
        mixed ^= mixed >> 32
        mixed = mixed &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ mixed >> 29
    }

    private mutating func clearFailures(_ capacity: Int) {
        failed.removeAll()
        _ = failed.extend(by: capacity)
        for index in 0..<capacity { failed[index] = 0 }
        failures = 0
    }

    private func hasFailed(_ state: UInt64) -> Bool {
        var place = Int(truncatingIfNeeded: state) & (failed.count - 1)
        while failed[place] != 0 {
            if failed[place] == state { return true }
            place = (place + 1) & (failed.count - 1)
        }
        return false
    }

    private mutating func fail(_ state: UInt64) {
        if failures * 2 >= failed.count {
            let old = (0..<failed.count).map { failed[$0] }
            clearFailures(failed.count * 2)
            for state in old where state != 0 { insertFailure(state) }
        }
        insertFailure(state)
    }

    private mutating func insertFailure(_ state: UInt64) {
        var place = Int(truncatingIfNeeded: state) & (failed.count - 1)
        while failed[place] != 0 { place = (place + 1) & (failed.count - 1) }
        failed[place] = state
        failures += 1
    }
}

extension IndexCore {
    /// Whether the tests of a conjunction are satisfied by elements that belong together.
    mutating func searchArrays(_ conjunction: Conjunction) -> Bool {
        scratch.search.begin(arrayCount: scratch.arrayEnds.count, elementCount: scratch.elements.count)
        for test in tests(of: conjunction) {
            let record = tests[test]
            let field = trie[record.node]
            let start = scratch.search.placeCount
            var value = field.epoch == epoch ? field.first : -1
            while value >= 0 {
                if isSatisfied(test, by: value) { scratch.search.add(place: scratch.values[value].element) }
                value = scratch.values[value].next
            }
            let middle = scratch.search.placeCount
            value = field.epoch == epoch && record.allowsAbsence ? field.first : -1
            while value >= 0 {
                scratch.search.add(place: scratch.values[value].element)
                value = scratch.values[value].next
            }
            scratch.search.addField(
                from: start, to: middle, allowsAbsence: record.allowsAbsence, scratch.elements)
        }
        return scratch.search.run(scratch.elements, scratch.arrayEnds)
    }
}
