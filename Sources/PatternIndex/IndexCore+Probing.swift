internal import EventPattern
internal import JSONText

/// Finding the tests that a value satisfies.
extension IndexCore {
    /// Takes a value down and satisfies the tests of its field that it meets.
    @inline(__always)
    mutating func read(
        _ kind: JSONKind, _ text: UnsafePointer<UInt8>, _ length: Int, _ node: Int32, _ element: Int32
    ) {
        let field = trie[node]
        let value = unsafe scratch.values.append(
            FieldValue(text: text, length: Int32(truncatingIfNeeded: length), node: node, element: element, kind: kind))
        if field.epoch != epoch {
            trie[node].epoch = epoch
            trie[node].first = value
            trie[node].isInArray = element != 0
            if field.presence >= 0 { satisfyAll(field.presence) }
        } else {
            scratch.values[field.last].next = value
            if element != 0 { trie[node].isInArray = true }
        }
        trie[node].last = value

        switch kind {
        case .string:
            if field.strings > 0 { unsafe probe(.string, text, length, node) }
            if field.lengths >= 0 || field.folded | field.addresses != 0 {
                unsafe probeParts(field, text, length, node)
            }
        case .number:
            if field.numbers > 0 || field.ranges >= 0 { probeNumber(value, field, node) }
            if field.spellings > 0 { unsafe probe(.spelling, text, length, node) }
        case .true: if field.constants > 0 { unsafe probe(.true, text, 0, node) }
        case .false: if field.constants > 0 { unsafe probe(.false, text, 0, node) }
        case .null: if field.constants > 0 { unsafe probe(.null, text, 0, node) }
        case .object, .array: break
        }
        if field.scans >= 0 { scan(field.scans, value) }
    }

    @inline(__always)
    private mutating func probe(_ kind: TestKind, _ text: UnsafePointer<UInt8>, _ count: Int, _ node: Int32) {
        let test = unsafe find(kind, text, count, node: node)
        if test >= 0 { satisfy(test) }
    }

    /// Marks a test as satisfied, with those that wait for it.
    @inline(__always)
    private mutating func satisfy(_ test: Int32) {
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
    private mutating func probeParts(_ field: FieldNode, _ text: UnsafePointer<UInt8>, _ length: Int, _ node: Int32) {
        var isFolded = false
        var address: IPAddress?
        if field.addresses > 0 {
            address = unsafe Self.address(text, length)
            if let address {
                let operand = Operand.bytes(of: address)
                unsafe operand.withUnsafeBufferPointer { bytes in
                    if let start = bytes.baseAddress { unsafe probe(.address, start, bytes.count, node) }
                }
            }
        }
        if field.folded > 0 {
            unsafe fold(text, length)
            isFolded = true
            unsafe probe(.folded, scratch.folded.base, length, node)
        }
        var next = field.lengths
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
    private mutating func fold(_ text: UnsafePointer<UInt8>, _ length: Int) {
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
        guard test >= 0 else { return }
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

    private mutating func probeNumber(_ value: Int32, _ field: FieldNode, _ node: Int32) {
        guard let number = nearest(value) else { return }
        if field.numbers > 0 {
            let test = unsafe withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes in
                unsafe bytes.baseAddress.map {
                    unsafe find(.number, $0.assumingMemoryBound(to: UInt8.self), 8, node: node)
                } ?? -1
            }
            if test >= 0, isComparable(value) { satisfy(test) }
        }
        if field.ranges >= 0 {
            scratch.ranges.removeAll()
            ranges.collect(NumberText.orderKey(number), at: field.ranges, into: &scratch.ranges)
            let mark = epoch &<< 1 | 1
            for index in 0..<scratch.ranges.count {
                let test = scratch.ranges[index]
                if tests[test].mark == mark { continue }
                guard isComparable(value) else { return }
                satisfy(test)
            }
        }
    }

    /// The double nearest to a number; nil if it is known that the number cannot be compared.
    func nearest(_ value: Int32) -> Double? {
        let record = scratch.values[value]
        switch record.reading {
        case .comparable, .nearest: return record.number
        case .incomparable: return nil
        case .unread: break
        }
        var isOther = false
        if let number = unsafe NumberText(record.text, Int(record.length), isOther: &isOther) {
            scratch.values[value].number = number.value
            scratch.values[value].reading = .nearest
            return number.value
        }
        let number = unsafe ComparableNumber(Span(_unsafeStart: record.text, count: Int(record.length)))
        scratch.values[value].number = number?.value ?? 0
        scratch.values[value].reading = number == nil ? .incomparable : .comparable
        return number?.value
    }

    /// Whether a number whose nearest double has been found can be compared.
    func isComparable(_ value: Int32) -> Bool {
        let record = scratch.values[value]
        guard record.reading == .nearest else { return record.reading == .comparable }
        var isOther = false
        let text = unsafe NumberText(record.text, Int(record.length), isOther: &isOther)
        let isComparable =
            unsafe text?.isComparable()
            ?? (ComparableNumber(Span(_unsafeStart: record.text, count: Int(record.length))) != nil)
        scratch.values[value].reading = isComparable ? .comparable : .incomparable
        return isComparable
    }

    // MARK: Tests put to every value

    @inline(never)
    private mutating func scan(_ first: Int32, _ value: Int32) {
        let mark = epoch &<< 1 | 1
        var link = first
        while link >= 0 {
            let entry = links[link]
            if tests[entry.test].mark != mark, isSatisfied(entry.test, by: value) { satisfy(entry.test) }
            link = entry.next
        }
    }

    /// Whether one value satisfies a test.
    func isSatisfied(_ test: Int32, by value: Int32) -> Bool {
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
            guard leaf.kind == .number, let number = nearest(value) else { return false }
            let bits = unsafe UnsafeRawPointer(operand).loadUnaligned(as: UInt64.self)
            return UInt64(littleEndian: bits) == number.bitPattern && isComparable(value)
        case .range:
            guard leaf.kind == .number, let number = nearest(value) else { return false }
            let bounds = bounds(of: record)
            let key = NumberText.orderKey(number)
            return bounds.least <= key && key <= bounds.greatest && isComparable(value)
        case .spelling:
            return unsafe leaf.kind == .number && length == count && ByteHash.equal(leaf.text, operand, count)
        case .exclusion:
            if unsafe OperandReader.excludesNumbers(operand) {
                guard leaf.kind == .number, let number = nearest(value) else { return true }
                return unsafe !OperandReader.excludes(operand, number: number) || !isComparable(value)
            }
            return unsafe leaf.kind != .string || !OperandReader.excludes(operand, leaf.text, length)
        default:
            guard leaf.kind == .string else { return false }
            return unsafe isSatisfied(record, operand, count, by: leaf.text, length)
        }
    }

    private func isSatisfied(
        _ test: ValueTest, _ operand: UnsafePointer<UInt8>, _ count: Int, by text: UnsafePointer<UInt8>, _ length: Int
    ) -> Bool {
        switch test.kind {
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
            if test.kind == .block {
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
