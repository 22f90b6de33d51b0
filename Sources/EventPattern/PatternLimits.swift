/// The sizes beyond which a pattern is refused.
public enum PatternLimits {
    /// Fields of one conjunction, as in Event Ruler (GenericMachine.java).
    public static let fields = 256
    /// Conjunctions that the `$or`s of one pattern multiply out to. Ruler has no limit here; without one, a pattern of
    /// twenty `$or`s, a few hundred characters, would fill the memory.
    public static let conjunctions = 10_000
    /// Fields of all conjunctions together, those that a later one replaces included.
    public static let expandedFields = 200_000
    /// Bytes of the paths of all fields together: each field of a deep object has the whole path.
    public static let pathBytes = 1_048_576
    /// Objects and `$or`s of a pattern inside each other.
    public static let nesting = 256
    /// Prefixes of wildcard patterns on one field that may be alive at once: a pattern that reaches this is too
    /// complex. AWS accepts 9 and refuses 11; Ruler's documentation suggests 10.
    public static let wildcardComplexity = 10
    /// Sets of such prefixes that are gone through to find out. A pattern that would need more is too complex, too.
    public static let wildcardSets = 50_000
}
