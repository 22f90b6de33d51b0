/// Decides whether one choice of values satisfies all fields of a conjunction with array consistency, as Ruler does
/// (StructuredFinder.java:72): the fields are tried in the order of their paths; each value chosen fixes the array
/// elements it stands in; `exists: false` is judged against what is fixed so far, not against what comes later.
///
/// Ruler backtracks over all values, which takes exponential time on some events. Here, of what is fixed, only the
/// arrays that a later field has values in are kept, and what has failed once is not tried again: for events that do
/// not repeat names the work is about that of reading them. What remains (a repeated name can encode any Boolean
/// formula) is cut off when a budget of steps is spent; then the conjunction does not hold.
///
/// The index of many patterns has a search of its own, on memory that it uses again: each is tested against the other.
struct ConjunctionSearch {
    /// What the search needs to know of a field.
    struct Field {
        /// Where values that match stand.
        let matching: FieldPlaces
        /// Where any values stand, when the field may also be missing; nil when it may not.
        let absence: FieldPlaces?
    }

    private let fields: [Field]
    private let values: EventValues
    /// The last field that has values in an array.
    private var lastUse: [Int: Int] = [:]
    /// The last field that may be missing; -1 for none.
    private let lastAbsence: Int
    /// Per field, the choices with which the rest has failed.
    private var failed: [Set<[Int: Int]>]
    /// What is left of the budget.
    private(set) var budget: Int

    /// - Parameters:
    ///   - fields: in the order of their paths (UTF-16 code units).
    ///   - budget: how many arrays and places may be looked at.
    init(_ fields: [Field], in values: EventValues, budget: Int) {
        self.fields = fields
        lastAbsence = fields.lastIndex { $0.absence != nil } ?? -1
        self.values = values
        self.budget = budget
        failed = Array(repeating: [], count: fields.count)
        for (index, field) in fields.enumerated() where self.budget >= 0 {
            for arrays in [field.matching.arrays, field.absence?.arrays ?? []] {
                self.budget -= arrays.count
                for array in arrays { lastUse[array] = index }
            }
        }
    }

    /// Whether the conjunction holds.
    mutating func run() -> Bool { budget >= 0 && holds(from: 0, with: [:]) }

    /// Whether the fields from `index` on hold, given the array elements fixed so far. The recursion is as deep as the
    /// conjunction has fields, at most `PatternLimits.fields`.
    private mutating func holds(from index: Int, with choice: [Int: Int]) -> Bool {
        guard index < fields.count else { return true }
        guard !failed[index].contains(choice) else { return false }
        let field = fields[index]
        if let absence = field.absence, !absence.first(consistentWith: choice, where: { _ in true }),
            holds(from: index + 1, with: kept(choice, after: index))
        {
            return true
        }
        var next: [[Int: Int]] = []
        var seen: Set<[Int: Int]> = []
        _ = field.matching.first(consistentWith: choice) { place in
            budget -= 1
            var merged = choice
            for element in values.ancestors(of: place) { merged[values.elements[element].array] = element }
            merged = kept(merged, after: index)
            if seen.insert(merged).inserted { next.append(merged) }
            // Without absence to come, a choice that fixes nothing is as good as any.
            return (merged.isEmpty && index >= lastAbsence) || budget < 0
        }
        for choice in next where budget >= 0 {
            if holds(from: index + 1, with: choice) { return true }
        }
        failed[index].insert(choice)
        return false
    }

    /// What of a choice still matters after field `index`.
    private func kept(_ choice: [Int: Int], after index: Int) -> [Int: Int] {
        choice.filter { array, _ in lastUse[array, default: -1] > index }
    }
}
