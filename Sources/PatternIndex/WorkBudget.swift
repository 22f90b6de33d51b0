/// How much may be done for one event once it has been read.
///
/// Reading takes time in proportion to the event, and each conjunction of which one test is satisfied is looked at once.
/// What is more is counted here, in steps of some nanoseconds: values that are put to a test, and steps of the search in
/// arrays. No event that people send comes near the limit; some combinations of patterns and events that are made for it
/// would take minutes.
struct WorkBudget {
    /// Steps of the event so far.
    private(set) var steps = 0
    private var limit = Int.max
    /// How often a test or a conjunction was given up, of all events.
    private(set) var abandoned = 0

    /// Steps that any event may take, and more for each of its elements and values.
    private static let base = 4_000_000
    private static let perValue = 1_000

    /// Begins an event.
    mutating func begin() {
        steps = 0
        limit = .max
    }

    /// Sets the limit for an event with so many elements of arrays and values that patterns ask for.
    mutating func limit(elements: Int, values: Int) { limit = Self.base + Self.perValue * (elements + values) }

    /// What is left.
    var rest: Int { max(limit - steps, 0) }

    @inline(__always)
    var isSpent: Bool { steps >= limit }

    @inline(__always)
    mutating func spend(_ count: Int) { steps &+= count }

    /// Notes that something was given up.
    mutating func abandon() { abandoned += 1 }
}
