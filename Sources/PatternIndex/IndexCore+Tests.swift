internal import EventPattern

/// Tests: one record for equal tests of all patterns, kept where its field finds it.
extension IndexCore {
    /// The test of a field; made if there is none.
    mutating func intern(_ field: NormalForm.Field, node: Int32) -> Int32 {
        if field.alternatives.count == 1 { return intern(Operand(of: field.alternatives[0]), node: node) }
        var alternatives = field.alternatives.map { intern(Operand(of: $0), node: node) }
        return unsafe alternatives.withUnsafeMutableBytes { bytes in
            unsafe intern(.anyOf, bytes: UnsafeBufferPointer(bytes.assumingMemoryBound(to: UInt8.self)), node: node)
        }
    }

    private mutating func intern(_ operand: Operand, node: Int32) -> Int32 {
        unsafe operand.bytes.withUnsafeBufferPointer { unsafe intern(operand.kind, bytes: $0, node: node) }
    }

    /// The test of this kind and operand; -1 for none.
    @inline(__always)
    func find(_ kind: TestKind, _ bytes: UnsafePointer<UInt8>, _ count: Int, node: Int32) -> Int32 {
        let hash = unsafe ByteHash.hash(bytes, count, salt: ByteHash.salt(node, kind.rawValue &+ 1, seed: seed))
        return unsafe find(kind, bytes, count, node: node, hash: hash)
    }

    /// The test of a field that a number is equal to; -1 for none.
    @inline(__always)
    func find(_ kind: TestKind, number: Double, node: Int32) -> Int32 {
        let bits = number.bitPattern.littleEndian
        let hash = ByteHash.hash(bits, salt: ByteHash.salt(node, kind.rawValue &+ 1, seed: seed))
        var candidate = tests.first(hash)
        while candidate >= 0 {
            let record = tests[candidate]
            if record.hash == hash, record.node == node, record.kind == kind,
                unsafe ByteHash.load8(arena.pointer(record.operand)) == bits
            {
                return candidate
            }
            candidate = record.chain
        }
        return -1
    }

    @inline(__always)
    private func find(
        _ kind: TestKind, _ bytes: UnsafePointer<UInt8>, _ count: Int, node: Int32, hash: UInt32
    ) -> Int32 {
        var candidate = tests.first(hash)
        while candidate >= 0 {
            let record = tests[candidate]
            if record.hash == hash, record.node == node, record.kind == kind, Int(record.operandLength) == count,
                unsafe ByteHash.equal(arena.pointer(record.operand), bytes, count)
            {
                return candidate
            }
            candidate = record.chain
        }
        return -1
    }

    mutating func intern(_ kind: TestKind, bytes: UnsafeBufferPointer<UInt8>, node: Int32) -> Int32 {
        let start = unsafe bytes.baseAddress ?? UnsafePointer(arena.pointer(-1))
        let hash = unsafe ByteHash.hash(start, bytes.count, salt: ByteHash.salt(node, kind.rawValue &+ 1, seed: seed))
        let found = unsafe find(kind, start, bytes.count, node: node, hash: hash)
        if found >= 0 { return found }

        let place = arena.allocate(unsafe bytes.count + linksSize(kind, start, bytes.count))
        unsafe arena.pointer(place).update(from: start, count: bytes.count)
        var record = ValueTest(
            hash: hash, node: node, operand: place, operandLength: Int32(bytes.count), kind: kind)
        record.allowsAbsence = kind == .absent
        if kind == .anyOf {
            for alternative in alternatives(of: record) {
                tests[alternative].users += 1
                record.allowsAbsence = record.allowsAbsence || tests[alternative].kind == .absent
            }
        }
        trie[node].tests += 1
        count(record, by: 1)
        return tests.insert(record)
    }

    /// The size of what is behind a test's operand: the links by which its alternatives, or the values that it excludes,
    /// know of it.
    private func linksSize(_ kind: TestKind, _ operand: UnsafePointer<UInt8>, _ count: Int) -> Int {
        switch kind {
        case .anyOf: return count
        case .exclusion where unsafe Self.excludedKind(operand) != nil:
            return unsafe Self.aligned(count) - count + OperandReader.partCount(ofExclusion: operand) * 4
        default: return 0
        }
    }

    /// Counts one user less. Without users the test is gone.
    mutating func release(_ test: Int32) {
        tests[test].users -= 1
        if tests[test].users > 0 { return }
        let record = tests[test]
        if record.kind == .anyOf {
            for alternative in alternatives(of: record) { release(alternative) }
        }
        count(record, by: -1)
        let length = Int(record.operandLength)
        let linksSize = unsafe linksSize(record.kind, UnsafePointer(arena.pointer(record.operand)), length)
        arena.remove(record.operand, count: length + linksSize)
        tests.remove(test)
        trie[record.node].tests -= 1
        trie.removeUnused(record.node, &arena)
    }

    /// Keeps the index's count of tests of the kind, and the field's book of what to probe.
    private mutating func count(_ test: ValueTest, by change: Int32) {
        kinds[test.kind] += change
        let node = test.node
        switch test.kind {
        case .string: trie[node].strings += change
        case .number: trie[node].numbers += change
        case .spelling: trie[node].spellings += change
        case .true, .false, .null: trie[node].constants += change
        case .folded: trie[node].folded += change
        case .address: trie[node].addresses += change
        case .block:
            trie[node].addresses += change
            countLength(test.kind, length: Int32(unsafe arena.pointer(test.operand)[0]), node, by: change)
        case .prefix, .suffix, .foldedPrefix, .foldedSuffix, .startPiece, .endPiece, .innerPiece:
            countLength(test.kind, length: test.operandLength, node, by: change)
        case .excludedString, .excludedNumber: break
        case .range, .wildcard, .exclusion, .exists, .casedText, .casedPrefix, .casedSuffix, .anyOf, .absent: break
        }
    }

    private mutating func countLength(_ kind: TestKind, length: Int32, _ node: Int32, by change: Int32) {
        let key =
            UInt64(UInt32(bitPattern: node)) &<< 32 ^ UInt64(UInt32(bitPattern: length)) &<< 6 ^ UInt64(kind.rawValue)
        let hash = UInt32(truncatingIfNeeded: ByteHash.mix(key))
        var found = lengths.first(hash)
        while found >= 0 {
            let record = lengths[found]
            if record.node == node, record.kind == kind, record.length == length { break }
            found = record.chain
        }
        if found < 0 {
            let first = trie[node].lengths
            found = lengths.insert(OperandLength(hash: hash, node: node, kind: kind, length: length, next: first))
            if first >= 0 { lengths[first].previous = found }
            trie[node].lengths = found
        }
        lengths[found].count += change
        if lengths[found].count > 0 { return }
        let record = lengths[found]
        if record.next >= 0 { lengths[record.next].previous = record.previous }
        if record.previous >= 0 {
            lengths[record.previous].next = record.next
        } else {
            trie[node].lengths = record.next
        }
        lengths.remove(found)
    }

    // MARK: Waiting

    /// Counts one that waits for the test; the first one lets the event's reader look for it.
    mutating func activate(_ test: Int32) {
        tests[test].waiting += 1
        if tests[test].waiting > 1 { return }
        let record = tests[test]
        switch record.kind {
        case .range:
            let bounds = bounds(of: record)
            tests[test].place = ranges.insert(
                test, least: bounds.least, greatest: bounds.greatest, root: &trie[record.node].ranges)
        case .wildcard:
            let piece = choosePiece(of: record)
            if piece >= 0 {
                tests[piece].users += 1
                tests[test].place = links.insert(test, owner: piece, first: &tests[piece].dependents)
            } else {
                addScan(test, record.node)
            }
        case .exclusion:
            if let kind = unsafe Self.excludedKind(UnsafePointer(arena.pointer(record.operand))) {
                addExclusion(test, kind)
            } else {
                addScan(test, record.node)
            }
        case .casedText, .casedPrefix, .casedSuffix:
            addScan(test, record.node)
        case .exists:
            tests[test].place = links.insert(test, owner: -1, first: &trie[record.node].presence)
        case .anyOf:
            let count = Int(record.operandLength) / 4
            for index in 0..<count {
                let alternative = alternatives(of: record)[index]
                let link = links.insert(test, owner: alternative, first: &tests[alternative].dependents)
                linkPlaces(of: record, count: count)[index] = link
                activate(alternative)
            }
        default: break
        }
    }

    /// Counts one less that waits for the test.
    mutating func deactivate(_ test: Int32) {
        tests[test].waiting -= 1
        if tests[test].waiting > 0 { return }
        let record = tests[test]
        switch record.kind {
        case .range: ranges.remove(record.place, root: &trie[record.node].ranges)
        case .wildcard:
            let piece = links[record.place].owner
            if piece >= 0 {
                links.remove(record.place, first: &tests[piece].dependents)
                release(piece)
            } else {
                removeScan(record.place, record.node)
            }
        case .exclusion:
            if unsafe Self.excludedKind(UnsafePointer(arena.pointer(record.operand))) != nil {
                removeExclusion(test)
            } else {
                removeScan(record.place, record.node)
            }
        case .casedText, .casedPrefix, .casedSuffix:
            removeScan(record.place, record.node)
        case .exists: links.remove(record.place, first: &trie[record.node].presence)
        case .anyOf:
            let count = Int(record.operandLength) / 4
            for index in 0..<count {
                let alternative = alternatives(of: record)[index]
                links.remove(linkPlaces(of: record, count: count)[index], first: &tests[alternative].dependents)
                deactivate(alternative)
            }
        default: break
        }
    }

    private mutating func addScan(_ test: Int32, _ node: Int32) {
        tests[test].place = links.insert(test, owner: -1, first: &trie[node].scans)
        trie[node].scanCount += 1
    }

    private mutating func removeScan(_ link: Int32, _ node: Int32) {
        links.remove(link, first: &trie[node].scans)
        trie[node].scanCount -= 1
    }

    /// The links behind a test's operand.
    func linkPlaces(of test: ValueTest, count: Int) -> NumberList {
        unsafe NumberList(arena.pointer(test.operand) + Self.aligned(Int(test.operandLength)), count: count)
    }

    /// The next multiple of four bytes.
    private static func aligned(_ count: Int) -> Int { (count + 3) & ~3 }

    // MARK: Operands

    /// The order keys of a range.
    @inline(__always)
    func bounds(of range: ValueTest) -> (least: Int64, greatest: Int64) {
        let operand = unsafe UnsafeRawPointer(arena.pointer(range.operand))
        return unsafe (operand.loadUnaligned(as: Int64.self), operand.loadUnaligned(fromByteOffset: 8, as: Int64.self))
    }

    /// How much of a wildcard's literal part is probed at its start or end.
    private static let outerPieceLimit = 8
    /// If as many wildcards are kept under a start or end, pieces inside are looked at, too. These cost more: they are
    /// probed at each position of a value.
    private static let outerPieceLoad = 8

    /// The literal piece of a wildcard under which the fewest others are kept; -1 if it has none.
    private mutating func choosePiece(of wildcard: ValueTest) -> Int32 {
        let parts = unsafe OperandReader.parts(ofWildcard: arena.pointer(wildcard.operand))
        var pieces: [(kind: TestKind, bytes: [UInt8])] = []
        if let first = parts.first, !first.isEmpty {
            pieces.append((.startPiece, Array(first.prefix(Self.outerPieceLimit))))
        }
        if let last = parts.last, !last.isEmpty, parts.count > 1 {
            pieces.append((.endPiece, Array(last.suffix(Self.outerPieceLimit))))
        }
        let piece = rarest(of: pieces, node: wildcard.node)
        if let piece, piece.users < Self.outerPieceLoad { return intern(piece) }
        for part in parts where !part.isEmpty {
            // Only powers of two, so that there are few lengths to probe.
            let length = min(8, 1 << (Int.bitWidth - 1 - part.count.leadingZeroBitCount))
            pieces.append((.innerPiece, Array(part.prefix(length))))
            pieces.append((.innerPiece, Array(part.suffix(length))))
        }
        return rarest(of: pieces, node: wildcard.node).map { intern($0) } ?? -1
    }

    private struct Piece {
        let kind: TestKind
        let bytes: [UInt8]
        let node: Int32
        let users: Int32
    }

    private mutating func intern(_ piece: Piece) -> Int32 {
        unsafe piece.bytes.withUnsafeBufferPointer { unsafe intern(piece.kind, bytes: $0, node: piece.node) }
    }

    private func rarest(of pieces: [(kind: TestKind, bytes: [UInt8])], node: Int32) -> Piece? {
        var best: Piece?
        for piece in pieces {
            let found = unsafe piece.bytes.withUnsafeBufferPointer { bytes in
                unsafe bytes.baseAddress.map { unsafe find(piece.kind, $0, bytes.count, node: node) } ?? -1
            }
            let users = found < 0 ? 0 : tests[found].users
            // Of pieces with as many users, a longer one is rarer.
            if let best, users > best.users || (users == best.users && piece.bytes.count <= best.bytes.count) {
                continue
            }
            best = Piece(kind: piece.kind, bytes: piece.bytes, node: node, users: users)
        }
        return best
    }
}
