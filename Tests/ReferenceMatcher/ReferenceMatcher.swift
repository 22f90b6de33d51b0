public import JSONText

/// A second, naive implementation of the pattern language, written from its description alone: the oracle of the tests.
/// It shares nothing with the matcher but the reading of JSON, and is meant to be obviously right, not fast. It takes
/// only patterns that are known to be valid.
public struct ReferenceMatcher {
    private let rules: [[ReferenceRule.Field]]

    /// Reads a valid pattern.
    public init(_ pattern: [UInt8]) throws(JSONSyntaxError) {
        rules = try ReferenceRule.read(pattern)
    }

    /// Whether an event, given as JSON text, matches.
    public func matches(_ event: [UInt8]) throws(JSONSyntaxError) -> Bool {
        matches(try ReferenceEvent(event))
    }

    /// Whether an event matches.
    public func matches(_ event: ReferenceEvent) -> Bool {
        var steps = Int.max
        return rules.contains { holds($0[...], event, [:], &steps) }
    }

    /// Whether an event matches; nil if it takes more choices than `stepsMax` to find out, as it may when many fields
    /// have many values in arrays.
    public func matches(_ event: ReferenceEvent, stepsMax: Int) -> Bool? {
        var steps = stepsMax
        let result = rules.contains { holds($0[...], event, [:], &steps) }
        return steps < 0 ? nil : result
    }

    /// Tries all values for the first field, and with each that fits, the rest.
    private func holds(
        _ fields: ArraySlice<ReferenceRule.Field>, _ event: ReferenceEvent, _ membership: [Int: Int], _ steps: inout Int
    ) -> Bool {
        steps -= 1
        guard steps >= 0 else { return false }
        guard let field = fields.first else { return true }
        let candidates = event.values[field.path, default: []].filter { isConsistent($0.membership, membership) }
        for test in field.tests {
            if case .absent = test {
                if candidates.isEmpty && holds(fields.dropFirst(), event, membership, &steps) { return true }
                continue
            }
            for value in candidates where test.accepts(value) {
                let merged = membership.merging(value.membership) { old, _ in old }
                if holds(fields.dropFirst(), event, merged, &steps) { return true }
            }
        }
        return false
    }

    private func isConsistent(_ one: [Int: Int], _ other: [Int: Int]) -> Bool {
        one.allSatisfy { array, index in other[array] == nil || other[array] == index }
    }
}
