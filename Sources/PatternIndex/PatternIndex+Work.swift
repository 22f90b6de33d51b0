extension PatternIndex {
    /// How often a pattern, or a test of one, was given up since the index was made, because an event had taken too many
    /// steps: then a pattern may not have matched that should.
    ///
    /// What is done for an event besides reading it is limited to four million steps of some nanoseconds, and 32 more for
    /// each byte. A single search in arrays is limited to a hundred thousand steps, and 64 more for each element. Only
    /// combinations of patterns and events that are made for it reach either limit.
    public var abandoned: Int { unsafe core.pointee.scratch.work.abandoned }

    /// The steps that were taken for the last event besides reading it.
    package var steps: Int { unsafe core.pointee.scratch.work.steps }
}
