extension PatternIndex {
    /// How full an index is, and with what.
    public struct Statistics: Hashable, Sendable {
        /// Insertions that have not been given back.
        public let patterns: Int
        /// Different patterns among them.
        public let distinct: Int
        /// Ways to match: one per pattern, more with `$or`.
        public let conjunctions: Int
        /// Names in the paths that patterns ask for.
        public let fields: Int
        /// Different tests of values, by kind (``PatternIndex/testKinds``); no kind of which there is none. Pieces of
        /// wildcards and excluded values count as tests of their own.
        public let tests: [String: Int]
        /// Conjunctions that wait for no value: each event is put to them.
        public let unconditional: Int
        /// The most conjunctions that wait for one test, longest first, at most ten, with that test.
        public let longestLists: [List]
        /// Bytes that the index has allocated for patterns.
        public let bytes: Int
        /// Bytes that the index has allocated for reading events. Most are given back some time after a large event.
        public let scratchBytes: Int
        /// Bytes of patterns' texts and tests' operands that are in use.
        public let operandBytes: Int

        /// Conjunctions that wait for one test.
        public struct List: Hashable, Sendable {
            /// The path and the kind of the test.
            public let test: String
            /// How many wait.
            public let count: Int
        }

        /// Bytes for each different pattern, rounded to the nearest; nil without patterns. Equal patterns
        /// share one entry, so how often each was inserted does not count.
        public var bytesPerDistinctPattern: Int? { distinct > 0 ? (bytes + distinct / 2) / distinct : nil }

        /// Whether nothing is left of any pattern.
        public var isEmpty: Bool {
            patterns == 0 && distinct == 0 && conjunctions == 0 && fields == 0 && tests.isEmpty && unconditional == 0
                && operandBytes == 0
        }
    }

    /// How full the index is, and where many conjunctions wait for one test.
    ///
    /// - Complexity: one look at every test and every conjunction that waits for no value, milliseconds for a million
    ///   patterns. ``counts`` is for what is asked often.
    public var statistics: Statistics { unsafe core.pointee.statistics }
}

extension IndexCore {
    /// The longest lists of conjunctions that are told.
    private static let listLimit = 10

    var statistics: PatternIndex.Statistics {
        // Counted anew, as every test is looked at anyway: two ways to the same numbers can be held against each other.
        var counts = [Int](repeating: 0, count: TestKind.allCases.count)
        var longest: [(test: Int32, load: Int32)] = []
        for id in 0..<Int32(tests.limit) where tests[id].users > 0 {
            counts[Int(tests[id].kind.rawValue)] += 1
            let load = tests[id].load
            if load > 0, longest.count < Self.listLimit || load > longest[longest.count - 1].load {
                longest.append((id, load))
                longest.sort { $0.load > $1.load }
                if longest.count > Self.listLimit { longest.removeLast() }
            }
        }
        var waiting = 0
        var next = unconditional
        while next >= 0 {
            waiting += 1
            next = conjunctions[next].next
        }
        return PatternIndex.Statistics(
            patterns: insertions, distinct: patterns.count, conjunctions: conjunctions.count, fields: trie.count,
            tests: Dictionary(uniqueKeysWithValues: zip(PatternIndex.testKinds, counts).filter { $0.1 > 0 }),
            unconditional: waiting,
            longestLists: longest.map { .init(test: name(of: $0.test), count: Int($0.load)) },
            bytes: bytes, scratchBytes: scratch.bytes, operandBytes: arena.used * 8)
    }

    private func name(of test: Int32) -> String {
        let path = String(decoding: trie.path(tests[test].node, arena), as: UTF8.self)
        return "\(path) \(tests[test].kind)"
    }
}
