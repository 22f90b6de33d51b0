internal import EventPattern

/// The compiled form of all patterns of an index, and the memory that matching uses.
///
/// Everything is a record in a slab, named by a 32-bit number: no record is an object, and nothing is counted by
/// reference, so that matching neither allocates nor touches reference counts.
///
///     pattern ──▶ conjunctions ──▶ tests ──▶ field (a node of the trie of names)
///                     │              ▲
///                     └── waits for ─┘  one test, its gate
///
/// A test is a value test of one field; equal tests of all patterns are one. A conjunction waits for the test that is
/// least used; when an event satisfies it, the other tests of the conjunction are looked at.
///
/// Invariant: the core lives at one address for the life of its ``PatternIndex``, which alone uses it, from one thread
/// at a time.
@safe
struct IndexCore: ~Copyable {
    var arena = ByteArena()
    var trie = FieldTrie()
    var tests = HashedPool<ValueTest>()
    var kinds = KindCounts()
    var links = TestLinks()
    var lengths = HashedPool<OperandLength>()
    var ranges = RangeForest()
    var conjunctions = Pool<Conjunction>()
    var patterns = HashedPool<PatternRecord>()
    let seed = ByteHash.seed
    /// First of the conjunctions that wait for no value.
    var unconditional: Int32 = -1
    /// The conjunction whose gate is looked at next.
    var rebalanced: Int32 = 0
    /// Insertions that have not been given back.
    var insertions = 0

    /// The number of the event that is being matched. Marks of other numbers are void.
    var epoch: UInt32 = 0
    /// The number of the string that is looked through for pieces of wildcards, as their marks have it.
    var pieceMark: UInt32 = 0
    var scratch = MatchScratch()

    init() {}

    deinit {
        arena.deallocate()
        trie.deallocate()
        tests.deallocate()
        kinds.deallocate()
        links.deallocate()
        lengths.deallocate()
        ranges.deallocate()
        conjunctions.deallocate()
        patterns.deallocate()
    }

    /// The tests of a conjunction, in the order of their paths.
    @inline(__always)
    func tests(of conjunction: Conjunction) -> NumberList {
        unsafe NumberList(arena.pointer(conjunction.tests), count: Int(conjunction.testCount))
    }

    /// The alternatives of an `anyOf`.
    @inline(__always)
    func alternatives(of test: ValueTest) -> NumberList {
        unsafe NumberList(arena.pointer(test.operand), count: Int(test.operandLength) / 4)
    }

    // MARK: Patterns

    /// Adds a pattern, or counts it once more. Returns its number.
    mutating func insert(_ pattern: EventPattern) -> Int32 {
        let form = pattern.normalForm
        let nodes = form.paths.map { trie.insert($0, &arena) }
        let fields = form.fields.map { intern($0, node: nodes[$0.path]) }
        insertions += 1

        // What the pattern is, as numbers: for each conjunction how many tests it has, and which.
        var key: [Int32] = []
        for conjunction in form.conjunctions {
            key.append(Int32(conjunction.count))
            for field in conjunction { key.append(fields[field]) }
        }
        let hash = unsafe key.withUnsafeBytes { bytes in
            unsafe ByteHash.hash(
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(arena.pointer(-1)), bytes.count,
                salt: seed)
        }
        var candidate = patterns.first(hash)
        while candidate >= 0 {
            if patterns[candidate].hash == hash, isEqual(candidate, key) {
                patterns[candidate].insertions += 1
                return candidate
            }
            candidate = patterns[candidate].chain
        }
        return add(form, fields: fields, text: pattern.text, hash: hash)
    }

    private mutating func isEqual(_ pattern: Int32, _ key: [Int32]) -> Bool {
        var index = 0
        var conjunction = patterns[pattern].conjunctions
        while conjunction >= 0 {
            let record = conjunctions[conjunction]
            guard index < key.count, key[index] == record.testCount else { return false }
            index += 1
            for test in tests(of: record) {
                guard key[index] == test else { return false }
                index += 1
            }
            conjunction = record.sibling
        }
        return index == key.count
    }

    private mutating func add(_ form: NormalForm, fields: [Int32], text: String, hash: UInt32) -> Int32 {
        var text = text
        let (place, length) = text.withUTF8 { unsafe (arena.insert($0), $0.count) }
        var first: Int32 = -1
        // The pattern's number is known only when its record is made, which needs its conjunctions.
        for conjunction in form.conjunctions.reversed() {
            let tests = arena.allocate(conjunction.count * 4)
            let numbers = unsafe NumberList(arena.pointer(tests), count: conjunction.count)
            for (index, field) in conjunction.enumerated() {
                numbers[index] = fields[field]
                self.tests[fields[field]].users += 1
            }
            first = conjunctions.insert(
                Conjunction(
                    sibling: first, pattern: -1, gate: -1, previous: -1, next: -1, tests: tests,
                    testCount: Int32(conjunction.count)))
        }
        let id = patterns.insert(
            PatternRecord(
                hash: hash, conjunctions: first, insertions: 1, text: place, textLength: Int32(length)))
        var conjunction = first
        while conjunction >= 0 {
            conjunctions[conjunction].pattern = id
            attach(conjunction, to: bestGate(conjunctions[conjunction]))
            conjunction = conjunctions[conjunction].sibling
        }
        rebalance()
        return id
    }

    /// Takes back one insertion; with the last one the pattern is gone.
    mutating func remove(_ pattern: Int32) {
        insertions -= 1
        patterns[pattern].insertions -= 1
        if patterns[pattern].insertions > 0 { return }
        let record = patterns[pattern]
        var conjunction = record.conjunctions
        while conjunction >= 0 {
            let gone = conjunctions[conjunction]
            detach(conjunction)
            for test in tests(of: gone) { release(test) }
            arena.remove(gone.tests, count: Int(gone.testCount) * 4)
            conjunctions[conjunction].pattern = -1
            conjunctions.remove(conjunction)
            conjunction = gone.sibling
        }
        arena.remove(record.text, count: Int(record.textLength))
        patterns.remove(pattern)
    }

    /// Whether `pattern` is the number of one.
    func contains(_ pattern: UInt32) -> Bool {
        Int(pattern) < patterns.limit && patterns[Int32(pattern)].insertions > 0
    }

    /// The text of a pattern.
    func text(_ pattern: Int32) -> [UInt8] {
        let record = patterns[pattern]
        return unsafe Array(UnsafeBufferPointer(start: arena.pointer(record.text), count: Int(record.textLength)))
    }
}
