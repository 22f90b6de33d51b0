/// Decides whether a pattern matches an event.
package struct PatternMatch {
    private let pattern: NormalForm
    /// The ids under which the event has been read, per path of the pattern.
    private let pathIDs: [Int]
    /// Per field, where its matching values stand, once asked.
    private var matching: [Set<Int>?]
    /// Per field, the same made ready for searching, once asked.
    private var searchFields: [ConjunctionSearch.Field?]

    package init(_ pattern: NormalForm, pathIDs: [Int]) {
        self.pattern = pattern
        self.pathIDs = pathIDs
        matching = Array(repeating: nil, count: pattern.fields.count)
        searchFields = Array(repeating: nil, count: pattern.fields.count)
    }

    /// Whether one of the conjunctions holds. Some events can make this very expensive (`ConjunctionSearch`): then it
    /// gives up, and the answer is no.
    ///
    /// - Parameters:
    ///   - values: the event's values at all paths of the pattern.
    ///   - event: the bytes they come from.
    package mutating func run(_ values: EventValues, in event: Span<UInt8>) -> Bool {
        var budget = SearchBudget.steps(elements: values.elements.count)
        conjunctions: for conjunction in pattern.conjunctions {
            for index in conjunction where !mayHold(index, values, event) { continue conjunctions }
            // Without objects or arrays inside arrays, fields do not depend on each other.
            if values.elements.count == 1 { return true }
            var search = ConjunctionSearch(conjunction.map { searchField($0, values) }, in: values, budget: budget)
            if search.run() { return true }
            budget = search.budget
        }
        return false
    }

    /// Of the conjunctions that come closest, the path at which the fields that hold by themselves first fail together:
    /// its values stand in other elements of an array than those before.
    mutating func inconsistentPaths(_ values: EventValues, in event: Span<UInt8>) -> Set<[UInt8]> {
        var paths: Set<[UInt8]> = []
        var budget = SearchBudget.steps(elements: values.elements.count)
        let holding = pattern.conjunctions.map { $0.filter { mayHold($0, values, event) } }
        let misses = zip(pattern.conjunctions, holding).map { $0.count - $1.count }
        let fewest = misses.min()
        for (conjunction, missed) in zip(holding, misses) where missed == fewest {
            let fields = conjunction.map { searchField($0, values) }
            let failing = fields.indices.first { last in
                var search = ConjunctionSearch(Array(fields[...last]), in: values, budget: budget)
                defer { budget = search.budget }
                return !search.run()
            }
            if let failing { paths.insert(pattern.paths[pattern.fields[conjunction[failing]].path]) }
        }
        return paths
    }

    /// Whether the field holds by itself.
    private mutating func mayHold(_ index: Int, _ values: EventValues, _ event: Span<UInt8>) -> Bool {
        let field = pattern.fields[index]
        let candidates = values.values[pathIDs[field.path]]
        if field.matchesAbsence, candidates.isEmpty || values.elements.count > 1 {
            // With arrays, absence depends on the other fields.
            if matching[index] == nil { matching[index] = places(of: field, candidates, values, event) }
            return true
        }
        if let matching = matching[index] { return !matching.isEmpty }
        let found = places(of: field, candidates, values, event)
        matching[index] = found
        return !found.isEmpty
    }

    private func places(
        of field: NormalForm.Field, _ candidates: [EventValue], _ values: EventValues, _ event: Span<UInt8>
    ) -> Set<Int> {
        var places: Set<Int> = []
        for value in candidates where !places.contains(value.element) {
            let matches = values.withText(of: value, in: event) { text in
                field.alternatives.contains { $0.matches(value, text) }
            }
            if matches { places.insert(value.element) }
        }
        return places
    }

    private mutating func searchField(_ index: Int, _ values: EventValues) -> ConjunctionSearch.Field {
        if let known = searchFields[index] { return known }
        let field = pattern.fields[index]
        let absence =
            field.matchesAbsence
            ? FieldPlaces(Set(values.values[pathIDs[field.path]].map(\.element)), in: values) : nil
        let made = ConjunctionSearch.Field(matching: FieldPlaces(matching[index] ?? [], in: values), absence: absence)
        searchFields[index] = made
        return made
    }
}
