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
        let values = event.values
        return rules.contains { holds($0[...], values, [:]) }
    }

    /// Tries all values for the first field, and with each that fits, the rest.
    private func holds(
        _ fields: ArraySlice<ReferenceRule.Field>, _ values: [ReferenceValue], _ membership: [Int: Int]
    ) -> Bool {
        guard let field = fields.first else { return true }
        let candidates = values.filter { $0.path == field.path && isConsistent($0.membership, membership) }
        for test in field.tests {
            if case .absent = test {
                if candidates.isEmpty && holds(fields.dropFirst(), values, membership) { return true }
                continue
            }
            for value in candidates where test.accepts(value) {
                let merged = membership.merging(value.membership) { old, _ in old }
                if holds(fields.dropFirst(), values, merged) { return true }
            }
        }
        return false
    }

    private func isConsistent(_ one: [Int: Int], _ other: [Int: Int]) -> Bool {
        one.allSatisfy { array, index in other[array] == nil || other[array] == index }
    }
}
