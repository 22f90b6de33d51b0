/// The event buses of a broker, by name.
package struct EventBuses: Sendable {
    /// The name of the bus of events that name none.
    package static let defaultName = "default"

    private let buses: [String: EventBus]
    /// The one that nearly all events are for.
    private let defaultBus: EventBus?

    /// - Parameter buses: no two with one name.
    package init(_ buses: [EventBus]) {
        self.buses = Dictionary(uniqueKeysWithValues: buses.map { ($0.name, $0) })
        defaultBus = self.buses[Self.defaultName]
    }

    /// Has what was published without a task, on any bus, delivered.
    package func announce() {
        for bus in buses.values { bus.announce() }
    }

    /// The bus of a name, or of an ARN such as `arn:aws:events:us-east-1:000000000000:event-bus/default`, whose
    /// region and account do not count; the default one for nil. Nil when there is none.
    package subscript(_ nameOrARN: String?) -> EventBus? {
        guard let nameOrARN else { return defaultBus }
        guard nameOrARN.hasPrefix("arn:") else { return buses[nameOrARN] }
        let parts = nameOrARN.split(separator: ":event-bus/", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? buses[String(parts[1])] : nil
    }
}
