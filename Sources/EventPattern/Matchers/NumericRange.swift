/// What `numeric` allows, other than equality. An open end is nil.
package struct NumericRange: Hashable, Sendable {
    /// One end of the range.
    package struct Bound: Hashable, Sendable {
        package let number: ComparableNumber
        /// Whether the number itself is in the range.
        package let isIncluded: Bool
    }

    package let lower: Bound?
    package let upper: Bound?

    func contains(_ number: ComparableNumber) -> Bool {
        if let lower, number < lower.number || (number == lower.number && !lower.isIncluded) { return false }
        if let upper, number > upper.number || (number == upper.number && !upper.isIncluded) { return false }
        return true
    }
}
