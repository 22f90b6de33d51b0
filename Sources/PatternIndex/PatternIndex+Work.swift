extension PatternIndex {
    /// How often a pattern could not be decided for an event, and so did not match it, since the index was made.
    ///
    /// What is done for an event once it has been read is limited: four million steps of some nanoseconds, and a thousand
    /// more for each value that patterns ask for and each element of an array with such values. In the arrays of one
    /// event a single pattern may search for a hundred thousand steps, and 64 more for each element. Only combinations of
    /// patterns and events that are made for it reach either limit.
    public var abandoned: Int { unsafe core.pointee.scratch.work.abandoned }

    /// The steps that were taken for the last event once it had been read.
    package var steps: Int { unsafe core.pointee.scratch.work.steps }
}
