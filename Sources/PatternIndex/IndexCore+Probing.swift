internal import EventPattern
internal import JSONText

/// Finding the tests that a value satisfies.
extension IndexCore {
    /// Takes a string down and satisfies the tests of its field that it meets.
    mutating func read(string text: UnsafePointer<UInt8>, _ length: Int, _ node: Int32, _ element: Int32) {
        let field = unsafe trie.pointer(node)
        let value = unsafe take(.string, text, length, node, element, field)
        if unsafe field.pointee.strings > 0 { unsafe probe(.string, text, length, node) }
        if unsafe field.pointee.lengths >= 0 || field.pointee.folded | field.pointee.addresses != 0 {
            unsafe probeParts(field, text, length, node)
        }
        if unsafe hasScans(field) { unsafe scan(field, value) }
    }

    /// The same for a number, of which `available` bytes can be read; returns its length.
    mutating func read(
        number text: UnsafePointer<UInt8>, available: Int, _ node: Int32, _ element: Int32
    ) -> Int {
        var length = 0
        let number = unsafe NumberText(text, available: available, length: &length)
        let field = unsafe trie.pointer(node)
        let value = unsafe take(.number, text, length, node, element, field, number: number)
        if number.state != .incomparable {
            if unsafe field.pointee.numbers > 0 { probeNumber(value, number.value, node) }
            if unsafe field.pointee.ranges >= 0 { unsafe probeRanges(value, number.value, field, node) }
        }
        if unsafe field.pointee.spellings > 0 { unsafe probe(.spelling, text, length, node) }
        if unsafe hasScans(field) { unsafe scan(field, value) }
        return length
    }

    /// The same for `true`, `false` and `null`.
    mutating func read(
        _ kind: JSONKind, as test: TestKind, _ text: UnsafePointer<UInt8>, _ length: Int, _ node: Int32,
        _ element: Int32
    ) {
        let field = unsafe trie.pointer(node)
        let value = unsafe take(kind, text, length, node, element, field)
        if unsafe field.pointee.constants > 0 { unsafe probe(test, text, 0, node) }
        if unsafe hasScans(field) { unsafe scan(field, value) }
    }

    /// Takes a value down; returns its number.
    ///
    /// - Parameter field: the record of its field. Nothing is added to the trie while an event is matched, so it stays
    ///   where it is.
    @inline(__always)
    private mutating func take(
        _ kind: JSONKind, _ text: UnsafePointer<UInt8>, _ length: Int, _ node: Int32, _ element: Int32,
        _ field: UnsafeMutablePointer<FieldNode>, number: NumberText = NumberText()
    ) -> Int32 {
        let value = unsafe scratch.values.append(
            FieldValue(
                text: text, length: Int32(truncatingIfNeeded: length), node: node, element: element, kind: kind,
                number: number))
        if unsafe field.pointee.epoch != epoch {
            unsafe field.pointee.epoch = epoch
            unsafe field.pointee.first = value
            unsafe field.pointee.isInArray = element != 0
            unsafe field.pointee.rangedNumbers = 0
            unsafe field.pointee.satisfiedScans = 0
            unsafe field.pointee.satisfiedExclusions = 0
            if unsafe field.pointee.presence >= 0 { unsafe satisfyAll(field.pointee.presence) }
            if unsafe field.pointee.excludedValues > Self.comparedExclusionsMax { scratch.excluding.append(node) }
        } else {
            unsafe scratch.values[field.pointee.last].next = value
            if element != 0 { unsafe field.pointee.isInArray = true }
        }
        unsafe field.pointee.last = value
        return value
    }

    @inline(__always)
    private func hasScans(_ field: UnsafeMutablePointer<FieldNode>) -> Bool {
        // Both are -1 if there is none of either.
        unsafe field.pointee.scans & field.pointee.exclusions >= 0
    }

    @inline(__always)
    private mutating func probe(_ kind: TestKind, _ text: UnsafePointer<UInt8>, _ count: Int, _ node: Int32) {
        let test = unsafe find(kind, text, count, node: node)
        if test >= 0 { satisfy(test) }
    }

    /// Marks a test as satisfied, with those that wait for it.
    @inline(__always)
    mutating func satisfy(_ test: Int32) {
        let mark = epoch &<< 1 | 1
        let record = tests[test]
        if record.mark == mark { return }
        tests[test].mark = mark
        if record.conjunctions >= 0 { scratch.satisfied.append(test) }
        if record.dependents >= 0 { satisfyAll(record.dependents) }
    }

    /// Satisfies the tests of a list.
    @inline(never)
    private mutating func satisfyAll(_ first: Int32) {
        var link = first
        while link >= 0 {
            satisfy(links[link].test)
            link = links[link].next
        }
    }

    /// Starts, ends and pieces of a string, its form without case, and addresses.
    @inline(never)
    private mutating func probeParts(
        _ field: UnsafeMutablePointer<FieldNode>, _ text: UnsafePointer<UInt8>, _ length: Int, _ node: Int32
    ) {
        pieceMark &+= 1
        var isFolded = false
        var address: IPAddress?
        if unsafe field.pointee.addresses > 0 {
            address = unsafe Self.address(text, length)
            if let address {
                let operand = Operand.bytes(of: address)
                unsafe operand.withUnsafeBufferPointer { bytes in
                    if let start = bytes.baseAddress { unsafe probe(.address, start, bytes.count, node) }
                }
            }
        }
        if unsafe field.pointee.folded > 0 {
            unsafe fold(text, length)
            isFolded = true
            unsafe probe(.folded, scratch.folded.base, length, node)
        }
        var next = unsafe field.pointee.lengths
        while next >= 0 {
            let entry = lengths[next]
            next = entry.next
            let count = Int(entry.length)
            if entry.kind == .block {
                if let address { probeBlock(address, prefixLength: count, node) }
                continue
            }
            if count > length { continue }
            switch entry.kind {
            case .prefix: unsafe probe(.prefix, text, count, node)
            case .suffix: unsafe probe(.suffix, text + length - count, count, node)
            case .foldedPrefix, .foldedSuffix:
                if !isFolded { unsafe fold(text, length) }
                isFolded = true
                let start = entry.kind == .foldedPrefix ? 0 : length - count
                unsafe probe(entry.kind, scratch.folded.base + start, count, node)
            case .startPiece: unsafe probePiece(.startPiece, text, count, node, text, length)
            case .endPiece: unsafe probePiece(.endPiece, text + length - count, count, node, text, length)
            case .innerPiece:
                for start in 0...length - count {
                    unsafe probePiece(.innerPiece, text + start, count, node, text, length)
                }
            default: break
            }
        }
    }

    /// Puts the value in lower case into the scratch.
    mutating func fold(_ text: UnsafePointer<UInt8>, _ length: Int) {
        scratch.folded.removeAll()
        _ = scratch.folded.extend(by: max(length, 1))
        for index in 0..<length { scratch.folded[index] = unsafe Operand.lowercase(text[index]) }
    }

    /// The wildcards that are kept under a piece of the value.
    @inline(__always)
    private mutating func probePiece(
        _ kind: TestKind, _ piece: UnsafePointer<UInt8>, _ count: Int, _ node: Int32,
        _ text: UnsafePointer<UInt8>, _ length: Int
    ) {
        let test = unsafe find(kind, piece, count, node: node)
        // However often a piece occurs in a value, its wildcards are put to the value once.
        guard test >= 0, tests[test].mark != pieceMark else { return }
        tests[test].mark = pieceMark
        var link = tests[test].dependents
        while link >= 0 {
            let wildcard = links[link].test
            let record = tests[wildcard]
            if record.mark != epoch &<< 1 | 1,
                unsafe OperandReader.matches(wildcard: arena.pointer(record.operand), text, length)
            {
                satisfy(wildcard)
            }
            link = links[link].next
        }
    }

    /// The address that a string is a literal of; nil, cheaply, for most that are none.
    private static func address(_ text: UnsafePointer<UInt8>, _ length: Int) -> IPAddress? {
        guard length > 1 else { return nil }
        let first = unsafe text[0]
        let isDigit = first &- UInt8(ascii: "0") < 10
        guard isDigit || first == UInt8(ascii: ":") || (first | 0x20) &- UInt8(ascii: "a") < 6 else { return nil }
        return unsafe IPAddress(Span(_unsafeStart: text, count: length))
    }

    private mutating func probeBlock(_ address: IPAddress, prefixLength: Int, _ node: Int32) {
        guard prefixLength <= address.width else { return }
        let operand = [UInt8(prefixLength)] + Operand.bytes(of: AddressBlock(address, prefixLength: prefixLength).first)
        unsafe operand.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress { unsafe probe(.block, start, bytes.count, node) }
        }
    }

    // MARK: Numbers

    @inline(__always)
    private mutating func probeNumber(_ value: Int32, _ number: Double, _ node: Int32) {
        let test = find(.number, number: number, node: node)
        if test >= 0, isComparable(value) { satisfy(test) }
    }

    /// Up to as many numbers of a field are looked up one by one.
    static let singleNumbersMax = 32

    private mutating func probeRanges(
        _ value: Int32, _ number: Double, _ field: UnsafeMutablePointer<FieldNode>, _ node: Int32
    ) {
        unsafe field.pointee.rangedNumbers &+= 1
        if unsafe field.pointee.rangedNumbers > Self.singleNumbersMax {
            // Those to come are looked up together with these, when the event has been read.
            if unsafe field.pointee.rangedNumbers == Self.singleNumbersMax + 1 { scratch.crowded.append(node) }
            return
        }
        scratch.ranges.removeAll()
        unsafe ranges.collect(NumberText.orderKey(number), at: field.pointee.ranges, into: &scratch.ranges)
        let mark = epoch &<< 1 | 1
        for index in 0..<scratch.ranges.count {
            let test = scratch.ranges[index]
            if tests[test].mark == mark { continue }
            guard isComparable(value) else { return }
            satisfy(test)
        }
    }

    /// Satisfies the ranges of a field that has many numbers in the event: in time proportional to the numbers and to the
    /// ranges that are satisfied, not to their product.
    @inline(never)
    mutating func probeRangesTogether(_ node: Int32) {
        let run = sortNumbers(node)
        let keys = unsafe UnsafeBufferPointer(start: scratch.sortedNumbers.base + Int(run.start), count: run.count)
        scratch.ranges.removeAll()
        unsafe ranges.collect(
            anyOf: keys, least: .min, at: trie[node].ranges, into: &scratch.ranges)
        for index in 0..<scratch.ranges.count { satisfy(scratch.ranges[index]) }
    }

    /// Whether a number can be compared.
    mutating func isComparable(_ value: Int32) -> Bool {
        if scratch.values[value].number.state == .comparable { return true }
        let (text, length) = unsafe (scratch.values[value].text, Int(scratch.values[value].length))
        return unsafe scratch.values[value].number.resolve(text, length)
    }

    // MARK: Tests put to every value

    @inline(never)
    private mutating func scan(_ field: UnsafeMutablePointer<FieldNode>, _ value: Int32) {
        if unsafe field.pointee.satisfiedScans < field.pointee.scanCount {
            let satisfied = unsafe scan(field.pointee.scans, value)
            unsafe field.pointee.satisfiedScans &+= satisfied
            // Looking at those that are satisfied takes time, too.
            scratch.work.spend(unsafe Int(field.pointee.scanCount) &>> 2)
        }
        if unsafe field.pointee.excludedValues <= Self.comparedExclusionsMax,
            unsafe field.pointee.satisfiedExclusions < field.pointee.exclusionCount
        {
            let satisfied = unsafe scan(field.pointee.exclusions, value)
            unsafe field.pointee.satisfiedExclusions &+= satisfied
        }
    }

    /// Puts a value to the tests of a list; returns how many it is the first to satisfy.
    @inline(__always)
    private mutating func scan(_ first: Int32, _ value: Int32) -> Int32 {
        if scratch.work.isSpent {
            scratch.work.abandon()
            return 0
        }
        let mark = epoch &<< 1 | 1
        var satisfied: Int32 = 0
        var link = first
        while link >= 0 {
            let entry = links[link]
            if tests[entry.test].mark != mark, isSatisfiedCounted(entry.test, by: value) {
                satisfy(entry.test)
                satisfied &+= 1
            }
            link = entry.next
        }
        return satisfied
    }

    /// Whether one value satisfies a test.
    mutating func isSatisfied(_ test: Int32, by value: Int32) -> Bool {
        let record = tests[test]
        let leaf = scratch.values[value]
        let operand = unsafe UnsafePointer(arena.pointer(record.operand))
        let count = Int(record.operandLength)
        let length = Int(leaf.length)
        switch record.kind {
        case .true: return leaf.kind == .true
        case .false: return leaf.kind == .false
        case .null: return leaf.kind == .null
        case .exists: return true
        case .absent: return false
        case .anyOf:
            for alternative in alternatives(of: record) where isSatisfied(alternative, by: value) { return true }
            return false
        case .number:
            guard leaf.kind == .number, leaf.number.state != .incomparable else { return false }
            let bits = unsafe UnsafeRawPointer(operand).loadUnaligned(as: UInt64.self)
            return UInt64(littleEndian: bits) == leaf.number.value.bitPattern && isComparable(value)
        case .range:
            guard leaf.kind == .number, leaf.number.state != .incomparable else { return false }
            let bounds = bounds(of: record)
            let key = NumberText.orderKey(leaf.number.value)
            return bounds.least <= key && key <= bounds.greatest && isComparable(value)
        case .spelling:
            return unsafe leaf.kind == .number && length == count && ByteHash.equal(leaf.text, operand, count)
        case .exclusion:
            if unsafe OperandReader.excludesNumbers(operand) {
                guard leaf.kind == .number, leaf.number.state != .incomparable else { return true }
                return unsafe !OperandReader.excludes(operand, number: leaf.number.value) || !isComparable(value)
            }
            return unsafe leaf.kind != .string || !OperandReader.excludes(operand, leaf.text, length)
        default:
            guard leaf.kind == .string else { return false }
            return unsafe Self.isSatisfied(record.kind, operand, count, by: leaf.text, length)
        }
    }

    private static func isSatisfied(
        _ kind: TestKind, _ operand: UnsafePointer<UInt8>, _ count: Int, by text: UnsafePointer<UInt8>, _ length: Int
    ) -> Bool {
        switch kind {
        case .string: return unsafe length == count && ByteHash.equal(text, operand, count)
        case .prefix, .startPiece: return unsafe length >= count && ByteHash.equal(text, operand, count)
        case .suffix, .endPiece:
            return unsafe length >= count && ByteHash.equal(text + length - count, operand, count)
        case .folded: return unsafe length == count && Self.hasFolded(text, operand, count)
        case .foldedPrefix: return unsafe length >= count && Self.hasFolded(text, operand, count)
        case .foldedSuffix: return unsafe length >= count && Self.hasFolded(text + length - count, operand, count)
        case .wildcard: return unsafe OperandReader.matches(wildcard: operand, text, length)
        case .casedText: return unsafe OperandReader.prefixLength(folded: operand, text, length) == length
        case .casedPrefix: return unsafe OperandReader.prefixLength(folded: operand, text, length) != nil
        case .casedSuffix: return unsafe OperandReader.isSuffix(folded: operand, text, length)
        case .address, .block:
            guard let address = unsafe Self.address(text, length) else { return false }
            var wanted = Operand.bytes(of: address)
            if kind == .block {
                let prefixLength = unsafe Int(operand[0])
                guard prefixLength <= address.width else { return false }
                wanted =
                    [UInt8(prefixLength)]
                    + Operand.bytes(of: AddressBlock(address, prefixLength: prefixLength).first)
            }
            return unsafe wanted.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return false }
                return unsafe bytes.count == count && ByteHash.equal(start, operand, count)
            }
        default: return false
        }
    }

    private static func hasFolded(_ text: UnsafePointer<UInt8>, _ folded: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        for index in 0..<count where unsafe Operand.lowercase(text[index]) != folded[index] { return false }
        return true
    }
}
