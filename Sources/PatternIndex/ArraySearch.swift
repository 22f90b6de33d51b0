/// Decides whether one choice of values satisfies all tests of a conjunction with array consistency, as Ruler does
/// (StructuredFinder.java:72): the fields are tried in the order of their paths; each value chosen fixes the array
/// elements it stands in; absence is judged against what is fixed so far, not against what comes later.
///
/// Elements are numbered in the order of the text, so those inside an element, and those of an array, are runs of
/// numbers: values that conflict with a choice are jumped over by binary search. Where no absence lies between them, the
/// order of fields does not matter, and those with the fewest places come first. What is fixed is remembered by a hash
/// of those arrays only that a later field has values in, and what has failed once is not tried again. Events that do
/// not repeat names take about as long as reading them. What remains (a repeated name can encode any Boolean formula)
/// is cut off after a number of steps.
///
/// `ConjunctionSearch` of the module `EventPattern` does the same for one pattern and event. It is easier to follow, and
/// allocates sets; each is tested against the other.
///
/// Invariant: between searches `chosen` and `lastUse` are -1 throughout, so that a search costs nothing for arrays that
/// it does not touch.
@safe
struct ArraySearch {
    /// One field of the conjunction.
    private struct Field {
        /// Where values stand that satisfy the test.
        let matching: PlaceTable.Places
        /// Where any values stand, if the field may also be missing.
        let any: PlaceTable.Places
        let allowsAbsence: Bool
    }

    /// What of an event is searched.
    struct Event {
        let places: Slab<Int32>
        /// The arrays that ``PlaceTable/Places`` name.
        let arrays: Slab<Int32>
        let elements: Slab<ArrayElement>
        /// Per array, the first element behind its last.
        let arrayEnds: Slab<Int32>
    }

    private var fields = Slab<Field>()
    /// Per array, the element that is chosen, or -1; and the last field that has values in the array.
    private var chosen = Slab<Int32>()
    private var lastUse = Slab<Int32>()
    /// The arrays for which an element is chosen, in the order of choice.
    private var trail = Slab<Int32>()
    /// Hashes of states that have failed.
    private var failed = EventTable<Bool>()
    /// The last field that may be missing; -1 for none.
    private var lastAbsence = -1
    /// Places that were looked at or jumped to.
    private(set) var steps = 0
    private var stepLimit = 0

    func deallocate() {
        fields.deallocate()
        chosen.deallocate()
        lastUse.deallocate()
        trail.deallocate()
        failed.deallocate()
    }

    var bytes: Int { fields.bytes + chosen.bytes + lastUse.bytes + trail.bytes + failed.bytes }

    /// Gives back memory that is more than `limit` bytes in any part.
    mutating func release(above limit: Int) {
        fields.release(above: limit)
        chosen.release(above: limit)
        lastUse.release(above: limit)
        trail.release(above: limit)
        failed.release(above: limit)
    }

    /// Whether the last search ended because it had taken too many steps.
    var wasCutOff: Bool { steps >= stepLimit }

    /// Begins a search.
    mutating func begin() {
        fields.removeAll()
        lastAbsence = -1
    }

    /// Adds a field, in the order of the paths.
    mutating func add(matching: PlaceTable.Places, any: PlaceTable.Places, allowsAbsence: Bool) {
        var index = Int(fields.append(Field(matching: matching, any: any, allowsAbsence: allowsAbsence)))
        if allowsAbsence {
            lastAbsence = index
            return
        }
        while index > lastAbsence + 1, fields[index - 1].matching.elements.count > matching.elements.count {
            let other = fields[index - 1]
            fields[index - 1] = fields[index]
            fields[index] = other
            index -= 1
        }
    }

    /// Whether the conjunction of the fields that were added holds.
    ///
    /// - Parameter limit: how many steps may be taken. If they do not suffice the conjunction does not hold.
    mutating func run(_ event: Event, limit: Int) -> Bool {
        steps = 0
        stepLimit = limit
        reserve(event)
        for index in 0..<fields.count {
            let field = fields[index]
            setLastUse(Int32(truncatingIfNeeded: index), field.matching, event)
            setLastUse(Int32(truncatingIfNeeded: index), field.any, event)
        }
        let result = steps < limit && holds(from: 0, event)
        unfix()
        for index in 0..<fields.count {
            clearLastUse(fields[index].matching, event)
            clearLastUse(fields[index].any, event)
        }
        failed.removeAll()
        return result
    }

    /// Lets ``next(in:_:)`` tell what fits with one place; ``unfix()`` has to follow.
    mutating func fix(_ place: Int32, _ event: Event) {
        steps = 0
        stepLimit = .max
        reserve(event)
        choose(place, event)
    }

    mutating func unfix() {
        while trail.count > 0 { chosen[trail.removeLast()] = -1 }
    }

    private mutating func reserve(_ event: Event) {
        while chosen.count < event.arrayEnds.count { chosen.append(-1) }
        while lastUse.count < event.arrayEnds.count { lastUse.append(-1) }
    }

    /// Notes that a field has values in the arrays around its places.
    private mutating func setLastUse(_ field: Int32, _ places: PlaceTable.Places, _ event: Event) {
        steps &+= places.arrays.count
        for position in places.arrays.start..<places.arrays.end { lastUse[event.arrays[position]] = field }
    }

    private func clearLastUse(_ places: PlaceTable.Places, _ event: Event) {
        for position in places.arrays.start..<places.arrays.end { lastUse[event.arrays[position]] = -1 }
    }

    /// Whether the fields from `index` on hold, given what is chosen. The recursion is as deep as the conjunction has
    /// fields.
    private mutating func holds(from index: Int, _ event: Event) -> Bool {
        if index == fields.count { return true }
        let state = state(before: index)
        if failed.find(state) >= 0 { return false }
        let field = fields[index]
        if field.allowsAbsence, next(in: field.any.elements, event) == nil, steps < stepLimit,
            holds(from: index + 1, event)
        {
            return true
        }
        var rest = field.matching.elements
        while let position = next(in: rest, event), steps < stepLimit {
            let mark = trail.count
            choose(event.places[position], event)
            if holds(from: index + 1, event) { return true }
            let isFree = !fixesAnything(for: index + 1)
            while trail.count > mark { chosen[trail.removeLast()] = -1 }
            // Without absence to come, a choice that fixes nothing is as good as any.
            if isFree, index >= lastAbsence { break }
            rest.start = position + 1
        }
        // When the steps are spent nothing is tried any more, so it does not matter what has failed.
        failed.insert(state, true)
        return false
    }

    /// The first place of a run that is consistent with what is chosen; nil also when the steps are spent.
    mutating func next(in run: PlaceTable.Run, _ event: Event) -> Int32? {
        var position = run.start
        search: while position < run.end, steps < stepLimit {
            steps &+= 1
            var element = event.places[position]
            var depth = 0
            while element != 0 {
                depth &+= 1
                // What is deep takes longer.
                if depth & 7 == 0 { steps &+= 1 }
                let record = event.elements[element]
                let choice = chosen[record.array]
                if choice >= 0, choice != element {
                    // Nothing fits before the chosen element, or, behind it, before the end of the array.
                    let bound = choice > element ? choice : event.arrayEnds[record.array]
                    position = Self.lowerBound(bound, event.places, position, run.end)
                    continue search
                }
                element = record.parent
            }
            return position
        }
        return nil
    }

    /// The first position from `start` on, but before `end`, whose place is not below `element`.
    private static func lowerBound(_ element: Int32, _ places: Slab<Int32>, _ start: Int32, _ end: Int32) -> Int32 {
        var low = start
        var high = end
        while low < high {
            let middle = low + (high - low) / 2
            if places[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func choose(_ place: Int32, _ event: Event) {
        var element = place
        while element != 0 {
            let record = event.elements[element]
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

    /// A hash of the field's number and the choices that matter to it and later ones. Two states share one by a chance
    /// of 2⁻⁶⁴, which no event can raise: the hash depends on a number that is drawn at random.
    private mutating func state(before index: Int) -> UInt64 {
        var sum: UInt64 = 0
        steps &+= trail.count &>> 3
        for position in 0..<trail.count {
            let array = trail[position]
            if lastUse[array] >= Int32(index) {
                sum &+= ByteHash.mix(UInt64(UInt32(array)) << 32 | UInt64(UInt32(chosen[array])))
            }
        }
        return ByteHash.mix(sum &+ UInt64(index))
    }
}
