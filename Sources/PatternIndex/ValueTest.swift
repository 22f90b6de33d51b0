/// What a test of a value compares. The names are public (``PatternIndex/testKinds``).
enum TestKind: UInt8, CaseIterable {
    // One probe of the hash table finds the only test of these that a value can satisfy.
    case string, number, spelling, `true`, `false`, null
    /// A string without regard to the case of ASCII letters; likewise below.
    case folded
    case address
    // One probe per length in use at the field does.
    case prefix, suffix, foldedPrefix, foldedSuffix, block
    // Pieces of wildcards, under which those that need them are found. Not tests of a pattern.
    case startPiece, endPiece, innerPiece
    // Values that are excluded, under which the exclusions are found. Not tests of a pattern.
    case excludedString, excludedNumber
    // Searched in structures of their own, or put to every value; only while a conjunction waits at them.
    case range, wildcard, exclusion, exists
    /// Ignoring the case of other than ASCII letters.
    case casedText, casedPrefix, casedSuffix
    /// One of several tests of the same field is enough.
    case anyOf
    /// No value at all.
    case absent

    /// Whether every test that a value satisfies is found while the event is read, whether a conjunction waits there
    /// or not.
    @inline(__always)
    var isProbed: Bool { rawValue <= TestKind.excludedNumber.rawValue }

    /// Whether a value satisfies at most one test of the kind, which one probe finds.
    @inline(__always)
    var isExact: Bool { rawValue <= TestKind.folded.rawValue }
}

/// A test of the values of one field. Equal tests of all patterns are one record.
struct ValueTest: HashedRecord {
    let hash: UInt32
    var chain: Int32 = -1
    let node: Int32
    /// What is compared, in a form that depends on the kind.
    let operand: ByteArena.Place
    let operandLength: Int32
    let kind: TestKind
    /// Whether some alternative is satisfied by absence.
    var allowsAbsence = false
    /// Conjunctions and other tests that refer to this one.
    var users: Int32 = 0
    /// Conjunctions and other tests that wait for it.
    var waiting: Int32 = 0
    /// First of the conjunctions that wait for it.
    var conjunctions: Int32 = -1
    /// How many wait.
    var load: Int32 = 0
    /// First link to the tests that wait for it.
    var dependents: Int32 = -1
    /// Where it is kept by its field: a link, a node of the range tree, or the piece of a wildcard.
    var place: Int32 = -1
    /// Twice the number of the event that was tested last, plus one if it satisfied.
    var mark: UInt32 = 0
}

/// How many tests of one kind have operands of one length at a field. The lengths of a field are a list.
struct OperandLength: HashedRecord {
    let hash: UInt32
    var chain: Int32 = -1
    let node: Int32
    let kind: TestKind
    let length: Int32
    var count: Int32 = 0
    var previous: Int32 = -1
    var next: Int32 = -1
}

/// A conjunction of tests: one way for a pattern to match.
struct Conjunction {
    /// The next conjunction of the pattern.
    let sibling: Int32
    /// -1 for a record that is not in use.
    var pattern: Int32
    /// The test it waits for; -1 if no value is needed.
    var gate: Int32
    /// The neighbours that wait for the same test.
    var previous: Int32
    var next: Int32
    /// The tests, in the order of their paths: 32-bit numbers.
    let tests: ByteArena.Place
    let testCount: Int32
}

/// A distinct pattern.
struct PatternRecord: HashedRecord {
    let hash: UInt32
    var chain: Int32 = -1
    let conjunctions: Int32
    var insertions: Int32
    /// The pattern's text.
    let text: ByteArena.Place
    let textLength: Int32
    /// The last event that matched.
    var epoch: UInt32 = 0
}
