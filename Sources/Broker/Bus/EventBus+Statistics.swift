package import PatternIndex

extension EventBus {
    /// How full the index of the connections' patterns is, and with what: at one place in the order of pattern changes,
    /// behind those that were called for before. Nil once the bus has ended.
    ///
    /// Cost for the bus: one look at every test of its patterns, during which it delivers nothing: milliseconds for a
    /// million patterns.
    package func statistics() async -> PatternIndex.Statistics? {
        await mailbox.measure()
    }
}
