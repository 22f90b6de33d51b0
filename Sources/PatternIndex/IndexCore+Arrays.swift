internal import EventPattern
internal import JSONText

/// Whether the values that satisfy the tests of a conjunction belong together.
///
/// Many conjunctions may ask about the same arrays, so what depends on the event alone is done once for the event: where
/// the values stand that satisfy a test, and whether the tests in arrays hold together. The exact tests of a field that
/// has been asked for a few times are looked up for all of its values at once, as many as they may be.
extension IndexCore {
    /// How many places are kept, before all are forgotten and made again when they are asked for.
    private static let placesMax = 1 << 20
    /// From so many exact tests of a field on all of them are looked up together.
    private static let singleTestsMax: UInt32 = 4
    /// A test with at most so many places is one that others of its conjunction are looked for near to, if their fields
    /// have more places than the second number.
    private static let anchorsMax = 16
    private static let anchoredPlacesMin = 64

    /// Forgets what was found out about the last event.
    @inline(__always)
    mutating func beginArrays() {
        if scratch.isSearched { forgetArrays() }
    }

    @inline(never)
    private mutating func forgetArrays() {
        scratch.places.removeAll()
        scratch.grouped.removeAll()
        scratch.decided.removeAll()
        scratch.sorted.removeAll()
        scratch.sortedNumbers.removeAll()
        scratch.isSearched = false
    }

    /// Whether the tests of a conjunction are satisfied by elements that belong together.
    mutating func searchArrays(_ conjunction: Conjunction) -> Bool {
        scratch.isSearched = true
        if scratch.places.start > Self.placesMax {
            scratch.places.removeAll()
            scratch.grouped.removeAll()
        }
        scratch.search.begin()
        let anchor = anchor(of: conjunction)
        var key: UInt64 = 0
        for test in tests(of: conjunction) {
            let record = tests[test]
            let matching = anchor.flatMap { places(of: test, near: $0) } ?? places(of: test)
            let any = record.allowsAbsence ? placesOfField(record.node) : PlaceTable.Places()
            if scratch.work.isSpent { return giveUp() }
            // What is satisfied outside arrays only fits with everything.
            if matching.elements.count > 0, matching.arrays.count == 0 { continue }
            if matching.elements.count == 0 {
                if any.elements.count == 0, record.allowsAbsence { continue }
                if any.arrays.count == 0 { return false }
            }
            scratch.search.add(matching: matching, any: any, allowsAbsence: record.allowsAbsence)
            key = ByteHash.mix(key &+ UInt64(UInt32(bitPattern: test)) &+ 1)
        }
        // Conjunctions that differ in tests outside arrays only are one search.
        let known = scratch.decided.find(key)
        if known >= 0 { return scratch.decided[known] }
        let limit = SearchBudget.steps(elements: scratch.elements.count)
        let result = scratch.search.run(searchedEvent, limit: min(limit, scratch.work.rest))
        scratch.work.spend(scratch.search.steps)
        if !result, scratch.search.wasCutOff { scratch.work.abandon() }
        scratch.decided.insert(key, result)
        return result
    }

    private var searchedEvent: ArraySearch.Event {
        ArraySearch.Event(
            places: scratch.places.elements, arrays: scratch.places.arrays, elements: scratch.elements,
            arrayEnds: scratch.arrayEnds)
    }

    /// The answer when the event's steps are spent.
    mutating func giveUp() -> Bool {
        scratch.work.abandon()
        return false
    }

    // MARK: Places

    /// Where the values stand that satisfy a test.
    private mutating func places(of test: Int32) -> PlaceTable.Places {
        let key = PlaceTable.key(test: test)
        if let known = scratch.places.find(key) { return known }
        let record = tests[test]
        guard trie[record.node].epoch == epoch, record.kind != .absent else { return PlaceTable.Places() }
        if record.kind == .anyOf {
            for alternative in alternatives(of: record) { _ = places(of: alternative) }
            let start = scratch.places.start
            for alternative in alternatives(of: record) {
                let places = places(of: alternative)
                scratch.work.spend(1 + places.elements.count)
                if scratch.work.isSpent { break }
                scratch.places.append(places)
            }
            return finish(key, from: start)
        }
        if record.kind.isExact, group(record.node) {
            return scratch.places.find(key) ?? PlaceTable.Places()
        }
        let start = scratch.places.start
        var last: Int32 = -1
        var value = trie[record.node].first
        while value >= 0, !scratch.work.isSpent {
            let element = scratch.values[value].element
            if element != last, isSatisfiedCounted(test, by: value) {
                last = element
                scratch.places.append(element)
            }
            value = scratch.values[value].next
        }
        return finish(key, from: start)
    }

    /// The places of the exact test of a conjunction that has the fewest, if these are few: what does not fit with any of
    /// them need not be looked at.
    private mutating func anchor(of conjunction: Conjunction) -> PlaceTable.Places? {
        var best: PlaceTable.Places?
        var fewest = Self.anchorsMax + 1
        for test in tests(of: conjunction) where tests[test].kind.isExact {
            let places = places(of: test)
            if places.arrays.count > 0, places.elements.count < fewest {
                best = places
                fewest = places.elements.count
            }
        }
        return best
    }

    /// Where the values that satisfy a test stand, without those that do not fit with `anchor`. Nil if it is not worth
    /// while: there are few places, or many of them fit.
    private mutating func places(of test: Int32, near anchor: PlaceTable.Places) -> PlaceTable.Places? {
        let record = tests[test]
        let isKnown = record.kind.isExact || scratch.places.find(PlaceTable.key(test: test)) != nil
        let candidates = isKnown ? places(of: test) : placesOfField(record.node)
        guard candidates.elements.count > Self.anchoredPlacesMin else { return nil }
        var firsts = PlaceTable.Run()
        if !isKnown {
            // Those that fit are put to the test, the others never are.
            firsts = firstValues(record.node, at: candidates)
            if firsts.count < candidates.elements.count { return nil }
        }
        scratch.found.removeAll()
        var looks = max(Self.anchoredPlacesMin, candidates.elements.count / 16)
        // Nothing is added to the table before all has been found.
        let event = searchedEvent
        for position in anchor.elements.start..<anchor.elements.end {
            scratch.search.fix(event.places[position], event)
            defer {
                scratch.search.unfix()
                scratch.work.spend(scratch.search.steps)
            }
            var rest = candidates.elements
            while let place = scratch.search.next(in: rest, event) {
                looks -= 1
                if looks < 0 || scratch.work.isSpent { return nil }
                let element = event.places[place]
                let offset = place &- candidates.elements.start
                if isKnown || isSatisfied(test, in: element, from: event.places[firsts.start &+ offset]) {
                    scratch.found.append(element)
                }
                rest.start = place &+ 1
            }
        }
        let start = scratch.places.start
        for index in 0..<scratch.found.count { scratch.places.append(scratch.found[index]) }
        return finish(nil, from: start)
    }

    /// Whether some value in an element satisfies a test; `first` is the first value there of the test's field.
    private mutating func isSatisfied(_ test: Int32, in element: Int32, from first: Int32) -> Bool {
        var value = first
        while value >= 0, scratch.values[value].element == element {
            if isSatisfiedCounted(test, by: value) { return true }
            value = scratch.values[value].next
        }
        return false
    }

    /// For each place of a field, which must have some, the first value that stands there; none if the values of a place
    /// do not follow each other.
    private mutating func firstValues(_ node: Int32, at places: PlaceTable.Places) -> PlaceTable.Run {
        let key = PlaceTable.key(firstValues: node)
        if let known = scratch.places.find(key) { return known.elements }
        let start = scratch.places.start
        var last: Int32 = -1
        var value = trie[node].first
        while value >= 0 {
            let element = scratch.values[value].element
            if element < last { break }
            if element > last { scratch.places.append(value) }
            last = element
            value = scratch.values[value].next
        }
        scratch.work.spend(places.elements.count)
        return scratch.places.finish(key, from: start, isValid: value < 0)
    }

    /// Whether some number of a field is in a range: one search, once the field's numbers have been sorted.
    mutating func hasNumber(in range: ValueTest) -> Bool {
        let key = UInt64(UInt32(bitPattern: range.node))
        let known = scratch.sorted.find(key)
        let run = known >= 0 ? scratch.sorted[known] : sortNumbers(range.node)
        let bounds = bounds(of: range)
        var (low, high) = (run.start, run.end)
        while low < high {
            let middle = low + (high - low) / 2
            if scratch.sortedNumbers[middle] < bounds.least { low = middle + 1 } else { high = middle }
        }
        return low < run.end && scratch.sortedNumbers[low] <= bounds.greatest
    }

    /// Sorts the order keys of a field's numbers that can be compared; a run of `scratch.sortedNumbers`.
    @inline(never)
    mutating func sortNumbers(_ node: Int32) -> PlaceTable.Run {
        scratch.isSearched = true
        let start = scratch.sortedNumbers.count
        var value = trie[node].first
        while value >= 0 {
            let leaf = scratch.values[value]
            if leaf.kind == .number, leaf.number.state != .incomparable, isComparable(value) {
                scratch.sortedNumbers.append(NumberText.orderKey(leaf.number.value))
            }
            value = leaf.next
        }
        let end = scratch.sortedNumbers.count
        var numbers = unsafe UnsafeMutableBufferPointer(
            start: scratch.sortedNumbers.base + start, count: end - start)
        unsafe numbers.sort()
        let run = PlaceTable.Run(start: Int32(truncatingIfNeeded: start), end: Int32(truncatingIfNeeded: end))
        scratch.sorted.insert(UInt64(UInt32(bitPattern: node)), run)
        return run
    }

    /// Where any values of a field stand.
    private mutating func placesOfField(_ node: Int32) -> PlaceTable.Places {
        let key = PlaceTable.key(field: node)
        if let known = scratch.places.find(key) { return known }
        guard trie[node].epoch == epoch else { return PlaceTable.Places() }
        let start = scratch.places.start
        var value = trie[node].first
        while value >= 0 {
            scratch.places.append(scratch.values[value].element)
            value = scratch.values[value].next
            scratch.work.spend(1)
        }
        return finish(key, from: start)
    }

    private mutating func finish(_ key: UInt64?, from start: Int32) -> PlaceTable.Places {
        scratch.places.finish(key, from: start, in: scratch.elements, arrayCount: scratch.arrayEnds.count)
    }

    /// Counts an exact test of a field that is asked for. Returns whether all of them have been looked up: then one
    /// without places has none.
    private mutating func group(_ node: Int32) -> Bool {
        let key = UInt64(UInt32(bitPattern: node))
        var position = scratch.grouped.find(key)
        if position < 0 { position = scratch.grouped.insert(key, 0) }
        scratch.grouped[position] &+= 1
        if scratch.grouped[position] <= Self.singleTestsMax { return false }
        if scratch.grouped[position] == Self.singleTestsMax + 1 { groupPlaces(node) }
        // It must not wrap.
        scratch.grouped[position] = Self.singleTestsMax + 2
        return true
    }

    /// Finds the places of all exact tests of a field: a look-up or two for each value, however many tests there are.
    @inline(never)
    private mutating func groupPlaces(_ node: Int32) {
        scratch.pairs.removeAll()
        var value = trie[node].first
        while value >= 0 {
            notePairs(of: value, node)
            value = scratch.values[value].next
        }
        scratch.work.spend(4 * scratch.pairs.count)
        var pairs = unsafe UnsafeMutableBufferPointer(start: scratch.pairs.base, count: scratch.pairs.count)
        unsafe pairs.sort()
        var index = 0
        while index < pairs.count {
            let test = unsafe pairs[index] >> 32
            let isKnown = scratch.places.find(test) != nil
            let start = scratch.places.start
            while index < pairs.count, unsafe pairs[index] >> 32 == test {
                if !isKnown { unsafe scratch.places.append(Int32(truncatingIfNeeded: pairs[index])) }
                index += 1
            }
            if !isKnown { _ = finish(test, from: start) }
        }
    }

    /// Notes the exact tests that a value satisfies, with the element in which it stands.
    private mutating func notePairs(of value: Int32, _ node: Int32) {
        let leaf = scratch.values[value]
        let length = Int(leaf.length)
        scratch.work.spend(1)
        switch leaf.kind {
        case .string:
            notePair(unsafe find(.string, leaf.text, length, node: node), leaf.element)
            if trie[node].folded > 0 {
                unsafe fold(leaf.text, length)
                notePair(unsafe find(.folded, scratch.folded.base, length, node: node), leaf.element)
            }
        case .number:
            if leaf.number.state != .incomparable {
                let test = find(.number, number: leaf.number.value, node: node)
                if test >= 0, isComparable(value) { notePair(test, leaf.element) }
            }
            if trie[node].spellings > 0 {
                notePair(unsafe find(.spelling, leaf.text, length, node: node), leaf.element)
            }
        case .true: notePair(unsafe find(.true, leaf.text, 0, node: node), leaf.element)
        case .false: notePair(unsafe find(.false, leaf.text, 0, node: node), leaf.element)
        case .null: notePair(unsafe find(.null, leaf.text, 0, node: node), leaf.element)
        case .object, .array: break
        }
    }

    private mutating func notePair(_ test: Int32, _ element: Int32) {
        if test < 0 { return }
        scratch.pairs.append(PlaceTable.key(test: test) << 32 | UInt64(UInt32(bitPattern: element)))
    }

    /// Whether one value satisfies a test, counted as work.
    mutating func isSatisfiedCounted(_ test: Int32, by value: Int32) -> Bool {
        let record = tests[test]
        let length = Int(record.operandLength &+ scratch.values[value].length)
        switch record.kind {
        case .exclusion, .wildcard, .casedText, .casedPrefix, .casedSuffix, .foldedPrefix, .foldedSuffix, .folded:
            scratch.work.spend(1 &+ length &>> 3)
        case .address, .block: scratch.work.spend(64)
        default: scratch.work.spend(1)
        }
        return isSatisfied(test, by: value)
    }
}
