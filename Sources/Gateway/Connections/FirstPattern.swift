import Broker
import EventPattern

/// What a connection asked for with its URL: a pattern, and the past if it wants that, too.
final class FirstPattern: Sendable {
    let pattern: EventPattern
    let replay: Replay?

    init(_ pattern: EventPattern, replay: Replay?) {
        self.pattern = pattern
        self.replay = replay
    }
}
