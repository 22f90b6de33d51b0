internal import JSONText

/// Matching an event.
extension IndexCore {
    /// Leaves the numbers of the matching patterns in `scratch.matched`, in no order, each once.
    ///
    /// - Returns: whether the bytes are an event; false if the validator should say what is wrong with them.
    mutating func match(_ bytes: UnsafeBufferPointer<UInt8>, enforcingLengths: Bool) -> Bool {
        scratch.noteEvent(length: bytes.count)
        scratch.matched.removeAll()
        guard unsafe scratch.scanner.scan(bytes, enforcingLengths: enforcingLengths), let start = bytes.baseAddress
        else {
            return false
        }
        if conjunctions.count == 0 { return true }
        beginEvent(bytes.count)
        var walk = unsafe EventWalk(start, count: bytes.count, scratch.scanner)
        readObject(0, FieldTrie.root, element: 0, &walk)
        for index in 0..<scratch.crowded.count { probeRangesTogether(scratch.crowded[index]) }
        for index in 0..<scratch.excluding.count { probeExclusionsTogether(scratch.excluding[index]) }

        for index in 0..<scratch.satisfied.count {
            verifyAll(tests[scratch.satisfied[index]].conjunctions)
        }
        if unconditional >= 0 { verifyAll(unconditional) }
        return true
    }

    private mutating func beginEvent(_ length: Int) {
        // Marks have 31 bits for the number of the event.
        if epoch == UInt32.max >> 1 || pieceMark > UInt32.max >> 1 { forgetMarks() }
        epoch += 1
        scratch.values.removeAll()
        scratch.satisfied.removeAll()
        scratch.crowded.removeAll()
        scratch.excluding.removeAll()
        scratch.arrayEnds.removeAll()
        scratch.elements.removeAll()
        scratch.elements.append(ArrayElement(array: -1, parent: 0))
        scratch.work.begin(eventLength: length)
        beginArrays()
        if scratch.scanner.hasEscapes {
            scratch.unescaped.removeAll()
            _ = scratch.unescaped.extend(by: length)
            scratch.unescaped.removeAll()
        }
    }

    private mutating func forgetMarks() {
        epoch = 0
        pieceMark = 0
        for id in 0..<Int32(tests.limit) { tests[id].mark = 0 }
        for id in 0..<Int32(patterns.limit) { patterns[id].epoch = 0 }
        for id in 0..<Int32(trie.nodes.limit) { trie[id].epoch = 0 }
    }

    /// Looks at conjunctions of which one test is satisfied.
    private mutating func verifyAll(_ first: Int32) {
        var next = first
        while next >= 0 {
            let conjunction = conjunctions[next]
            next = conjunction.next
            if patterns[conjunction.pattern].epoch == epoch { continue }
            if holds(conjunction) {
                patterns[conjunction.pattern].epoch = epoch
                scratch.matched.append(UInt32(bitPattern: conjunction.pattern))
            }
        }
    }

    /// Whether all tests of a conjunction are satisfied together.
    @inline(__always)
    private mutating func holds(_ conjunction: Conjunction) -> Bool {
        if scratch.elements.count == 1 {
            for test in tests(of: conjunction) where !isSatisfied(test) { return false }
            return true
        }
        return holdsInArrays(conjunction)
    }

    /// With arrays of objects, tests of several fields have to be satisfied by elements that belong together.
    @inline(never)
    private mutating func holdsInArrays(_ conjunction: Conjunction) -> Bool {
        var fieldsInArrays = 0
        for test in tests(of: conjunction) {
            let record = tests[test]
            let field = trie[record.node]
            let isPresent = field.epoch == epoch
            if isPresent, field.isInArray {
                fieldsInArrays += 1
                // Where absence is allowed, it depends on the other fields.
                if record.allowsAbsence { continue }
            }
            if !isSatisfied(test) { return false }
        }
        if fieldsInArrays == 0 { return true }
        if fieldsInArrays == 1 {
            // One field alone cannot conflict with others.
            for test in tests(of: conjunction) where tests[test].allowsAbsence && !isSatisfied(test) {
                return false
            }
            return true
        }
        return searchArrays(conjunction)
    }

    /// Whether some value of the event satisfies a test, or their absence does.
    @inline(__always)
    private mutating func isSatisfied(_ test: Int32) -> Bool {
        let record = tests[test]
        if record.mark >> 1 == epoch { return record.mark & 1 == 1 }
        if record.kind.isProbed { return false }
        return isSatisfiedUnasked(test)
    }

    /// The same for a test that was not found satisfied, or not looked for, while the event was read.
    @inline(never)
    private mutating func isSatisfiedUnasked(_ test: Int32) -> Bool {
        let record = tests[test]
        let field = trie[record.node]
        var result = false
        if record.allowsAbsence, field.epoch != epoch {
            result = true
        } else if field.epoch == epoch, record.waiting == 0 {
            if record.kind == .anyOf {
                for alternative in alternatives(of: record) where isSatisfied(alternative) {
                    result = true
                    break
                }
            } else {
                var value = field.first
                var looks = 0
                while value >= 0, !result {
                    if scratch.work.isSpent { return giveUp() }
                    looks &+= 1
                    if looks > Self.singleNumbersMax, record.kind == .range {
                        result = hasNumber(in: record)
                        break
                    }
                    result = isSatisfiedCounted(test, by: value)
                    value = scratch.values[value].next
                }
            }
        }
        tests[test].mark = epoch << 1 | (result ? 1 : 0)
        return result
    }
}

extension IndexCore {
    /// Appends the patterns found by the last match, ascending.
    func appendMatched(to ids: inout [PatternID]) {
        let count = scratch.matched.count
        if count == 0 { return }
        var found = unsafe UnsafeMutableBufferPointer(start: scratch.matched.base, count: count)
        if count <= 16 {
            for index in 1..<max(count, 1) {
                let id = unsafe found[index]
                var place = index
                while unsafe place > 0 && found[place - 1] > id {
                    unsafe found[place] = found[place - 1]
                    place -= 1
                }
                unsafe found[place] = id
            }
        } else {
            unsafe found.sort()
        }
        ids.reserveCapacity(ids.count + count)
        for index in 0..<count { ids.append(PatternID(rawValue: scratch.matched[index])) }
    }
}
