import Broker
import Logging

/// What the handlers of all connections share.
struct GatewayServices: Sendable {
    let configuration: GatewayConfiguration
    let bus: EventBus
    let callback: LocalCallbackAPI
    let metrics: GatewayMetrics
    let doors: EventDoors
    let logger: Logger
}
