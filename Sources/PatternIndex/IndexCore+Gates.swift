/// Where conjunctions wait.
extension IndexCore {
    /// The test of a conjunction that the fewest others are likely to share; -1 if it can match without any value.
    mutating func bestGate(_ conjunction: Conjunction) -> Int32 {
        var best: Int32 = -1
        var least = Int.max
        for test in tests(of: conjunction) where !tests[test].allowsAbsence {
            let cost = cost(test)
            if cost < least { (best, least) = (test, cost) }
        }
        return best
    }

    /// How often a test is expected to be satisfied: by how many conjunctions ask for it, and what sort it is.
    private mutating func cost(_ test: Int32) -> Int {
        let record = tests[test]
        let users = Int(record.users)
        switch record.kind {
        case .string, .number, .spelling, .folded, .address: return users
        case .prefix, .suffix, .foldedPrefix, .foldedSuffix, .block: return users * 4
        case .wildcard: return users * 16
        case .casedText, .casedPrefix, .casedSuffix: return users * 16
        case .range: return users * 64
        case .true, .false, .null: return users * 256
        case .exclusion, .exists, .absent: return users * 4096
        case .anyOf:
            var sum = 0
            for alternative in alternatives(of: record) { sum += cost(alternative) }
            return sum
        case .startPiece, .endPiece, .innerPiece, .excludedString, .excludedNumber: return users
        }
    }

    /// Lets a conjunction wait for `gate`.
    mutating func attach(_ conjunction: Int32, to gate: Int32) {
        let first = gate < 0 ? unconditional : tests[gate].conjunctions
        conjunctions[conjunction].gate = gate
        conjunctions[conjunction].previous = -1
        conjunctions[conjunction].next = first
        if first >= 0 { conjunctions[first].previous = conjunction }
        if gate < 0 {
            unconditional = conjunction
        } else {
            tests[gate].conjunctions = conjunction
            tests[gate].load += 1
            activate(gate)
        }
    }

    /// Lets a conjunction wait for nothing.
    mutating func detach(_ conjunction: Int32) {
        let record = conjunctions[conjunction]
        if record.next >= 0 { conjunctions[record.next].previous = record.previous }
        if record.previous >= 0 {
            conjunctions[record.previous].next = record.next
        } else if record.gate < 0 {
            unconditional = record.next
        } else {
            tests[record.gate].conjunctions = record.next
        }
        if record.gate >= 0 {
            tests[record.gate].load -= 1
            deactivate(record.gate)
        }
    }

    /// A gate that was the best one when a pattern came may be shared by many later: each insertion looks at two
    /// conjunctions, in turn, and moves them when there is a gate that is used less than half as much.
    mutating func rebalance() {
        for _ in 0..<2 {
            if Int(rebalanced) >= conjunctions.limit { rebalanced = 0 }
            let conjunction = rebalanced
            rebalanced += 1
            let record = conjunctions[conjunction]
            guard record.pattern >= 0, record.gate >= 0, tests[record.gate].load >= 8 else { continue }
            let gate = bestGate(record)
            guard gate != record.gate, cost(gate) < cost(record.gate) / 2 else { continue }
            detach(conjunction)
            attach(conjunction, to: gate)
        }
    }
}
