import Broker
import Synchronization

/// Which event loop has which connection. Used when somebody addresses a connection by its id, not for delivery.
final class ConnectionDirectory: Sendable {
    private let loops: Mutex<[ConnectionID: Int]> = Mutex([:])
    private let counts: [Count]
    private let otherThanPlain = Count()

    init(loopCount: Int) {
        counts = (0..<loopCount).map { _ in Count() }
    }

    func add(_ id: ConnectionID, loopIndex: Int, isPlain: Bool) {
        if !isPlain { otherThanPlain.value.wrappingAdd(1, ordering: .releasing) }
        loops.withLock { $0[id] = loopIndex }
        counts[loopIndex].value.wrappingAdd(1, ordering: .releasing)
    }

    func remove(_ id: ConnectionID, loopIndex: Int, isPlain: Bool) {
        if !isPlain { otherThanPlain.value.wrappingSubtract(1, ordering: .releasing) }
        loops.withLock { _ = $0.removeValue(forKey: id) }
        counts[loopIndex].value.wrappingSubtract(1, ordering: .releasing)
    }

    func loopIndex(of id: ConnectionID) -> Int? {
        loops.withLock { $0[id] }
    }

    /// Whether the event loop has any connection. Reads no lock: delivery asks for every batch.
    func hasConnections(loopIndex: Int) -> Bool {
        counts[loopIndex].value.load(ordering: .acquiring) > 0
    }

    /// Whether any connection gets events in another form than ``Framing/plain``. A connection is counted before it has a
    /// pattern, so no event comes to it that was encoded before.
    var hasOthersThanPlain: Bool { otherThanPlain.value.load(ordering: .acquiring) > 0 }

    private final class Count: Sendable {
        let value = Atomic<Int>(0)
    }
}
