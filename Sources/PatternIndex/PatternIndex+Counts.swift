extension PatternIndex {
    /// How full an index is: the part of its ``Statistics`` that is kept up while patterns come and go, so that it can
    /// be read after every change.
    public struct Counts: Hashable, Sendable {
        /// Insertions that have not been given back.
        public let patterns: Int
        /// Different patterns among them.
        public let distinct: Int
        /// Ways to match: one per pattern, more with `$or`.
        public let conjunctions: Int
        /// Names in the paths that patterns ask for.
        public let fields: Int
        /// Different tests of values: for each of ``PatternIndex/testKinds``, in their order, how many. Pieces of
        /// wildcards and excluded values count as tests of their own.
        public let tests: [Int]
        /// Bytes that the index has allocated for patterns.
        public let bytes: Int
        /// Bytes that the index has allocated for reading events. Most are given back some time after a large event.
        public let scratchBytes: Int
    }

    /// How full the index is.
    ///
    /// - Complexity: O(kinds of tests), whatever the index holds.
    public var counts: Counts { unsafe core.pointee.counts }

    /// The names of the kinds of tests, a closed set:
    ///
    /// | kind | satisfied by |
    /// |---|---|
    /// | `string`, `number`, `true`, `false`, `null` | one value |
    /// | `address` | any spelling of one IP address |
    /// | `spelling` | a number that cannot be compared, in one spelling |
    /// | `folded`, `casedText` | a string whatever its case: of ASCII, of other characters |
    /// | `prefix`, `foldedPrefix`, `casedPrefix` | strings that begin so: exactly, and whatever their case |
    /// | `suffix`, `foldedSuffix`, `casedSuffix` | strings that end so, likewise |
    /// | `wildcard` | strings of a form |
    /// | `startPiece`, `endPiece`, `innerPiece` | strings with a piece under which wildcards are found |
    /// | `excludedString`, `excludedNumber` | a value under which tests that exclude it are found |
    /// | `range` | numbers between bounds: `numeric` |
    /// | `block` | addresses of a `cidr` |
    /// | `exclusion` | everything else: `anything-but` |
    /// | `exists`, `absent` | any value, no value |
    /// | `anyOf` | what satisfies one of several tests of the same field |
    public static let testKinds: [String] = TestKind.allCases.map { "\($0)" }
}

extension IndexCore {
    var counts: PatternIndex.Counts {
        PatternIndex.Counts(
            patterns: insertions, distinct: patterns.count, conjunctions: conjunctions.count, fields: trie.count,
            tests: kinds.all, bytes: bytes, scratchBytes: scratch.bytes)
    }

    var bytes: Int {
        arena.bytes + trie.nodes.bytes + tests.bytes + links.bytes + lengths.bytes + ranges.bytes + conjunctions.bytes
            + patterns.bytes + kinds.bytes
    }
}
