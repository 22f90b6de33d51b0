/// How much may be looked at in the arrays of an event to decide one conjunction: the same for a pattern by itself and for
/// an index of many.
package enum SearchBudget {
    /// In proportion to the event, told by the number of elements of its arrays.
    package static func steps(elements: Int) -> Int { 100_000 + 64 * elements }
}
