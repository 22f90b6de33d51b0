/// How much may be done for one event besides reading it.
///
/// Reading takes time in proportion to the event, and each conjunction of which one test is satisfied is looked at once.
/// What is more is counted here, in steps of some nanoseconds: values that are put to tests that cannot be looked up, and
/// what the search in arrays takes. No event that people send comes near the limit; some combinations of patterns and
/// events that are made for it would take minutes.
struct WorkBudget {
    /// Steps of the event so far.
    private(set) var steps = 0
    private var limit = 0
    /// How often a test or a conjunction was given up, of all events.
    private(set) var abandoned = 0

    /// Steps that any event may take, and more for each of its bytes.
    private static let base = 4_000_000
    private static let stepsPerByte = 32

    /// Begins an event of so many bytes.
    @inline(__always)
    mutating func begin(eventLength: Int) {
        steps = 0
        limit = Self.base &+ Self.stepsPerByte &* eventLength
    }

    /// What is left.
    var rest: Int { max(limit - steps, 0) }

    @inline(__always)
    var isSpent: Bool { steps >= limit }

    @inline(__always)
    mutating func spend(_ count: Int) { steps &+= count }

    /// Notes that something was given up.
    mutating func abandon() { abandoned += 1 }
}
