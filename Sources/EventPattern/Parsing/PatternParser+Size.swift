extension PatternParser {
    /// Checks what can be told of the whole pattern only: how many fields it has and how complex its wildcards are.
    func checkSize(_ pattern: NormalForm) throws(EventPatternError) {
        for conjunction in pattern.conjunctions where conjunction.count > PatternLimits.fields {
            throw EventPatternError(
                reason: "Size of rule exceeds max value of \(PatternLimits.fields)", line: nil, column: nil, path: "$",
                hint: "a pattern may ask for at most \(PatternLimits.fields) fields at once")
        }
        var budget = PatternLimits.wildcardSets
        for (path, wildcards) in pattern.wildcardGroups {
            var complexity = WildcardComplexity()
            for matcher in wildcards { complexity.add(matcher) }
            guard !complexity.reaches(PatternLimits.wildcardComplexity, budget: &budget) else {
                let leaf = expansion.leaves.first { $0.path == path }
                throw EventPatternError(
                    reason: "Rule is too complex - try using fewer wildcard characters or fewer repeating character "
                        + "sequences after a wildcard character",
                    line: nil, column: nil, path: leaf?.place.jsonPath ?? "$",
                    hint: "text after a star that repeats itself, or many stars in one field, cost most")
            }
        }
    }
}

extension NormalForm {
    /// The wildcards that Ruler compiles into one automaton: those of one path, after the same fields before it.
    fileprivate var wildcardGroups: [(path: [UInt8], wildcards: [[Wildcard]])] {
        let wildcards = fields.map { $0.alternatives.map(\.wildcards).filter { !$0.isEmpty } }
        guard wildcards.contains(where: { !$0.isEmpty }) else { return [] }
        var groups: [[Int]: Set<Int>] = [:]
        for conjunction in conjunctions {
            for (position, field) in conjunction.enumerated() where !wildcards[field].isEmpty {
                groups[conjunction[..<position] + [-1, fields[field].path], default: []].insert(field)
            }
        }
        return Set(groups.values.map { $0.sorted() }).sorted { $0.lexicographicallyPrecedes($1) }.map { group in
            (path: paths[fields[group[0]].path], wildcards: Array(Set(group.flatMap { wildcards[$0] })))
        }
    }
}
