import Client

/// Says that events are missing.
enum GapNote {
    /// Nil for messages that say nothing of the kind.
    static func text(_ message: BrokerMessage) -> String? {
        switch message {
        case .pattern(let notice) where notice.hasGap:
            let goesOn = notice.oldest.map { "it now begins with \($0)" } ?? "it is empty now"
            return "gap: events that were asked for may have left the broker's log; \(goesOn)"
        case .dropped(let events):
            return "gap: the broker dropped \(events) events, as they were not read fast enough"
        default: return nil
        }
    }
}
