import Synchronization

/// Counts WebSocket connections against their limit, exactly, from all event loops.
final class ConnectionAdmission: Sendable {
    let connectionsMax: Int?
    private let count = Atomic<Int>(0)

    /// - Parameter connectionsMax: `nil` admits any number.
    init(connectionsMax: Int?) {
        self.connectionsMax = connectionsMax
    }

    /// Whether one more may come in; who does calls ``leave()`` at its end.
    func enter() -> Bool {
        let before = count.wrappingAdd(1, ordering: .relaxed).oldValue
        guard let connectionsMax, before >= connectionsMax else { return true }
        leave()
        return false
    }

    func leave() {
        count.wrappingSubtract(1, ordering: .relaxed)
    }
}
