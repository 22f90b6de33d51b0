import Broker
import Logging

/// What the handlers of all connections share.
struct GatewayServices: Sendable {
    let configuration: GatewayConfiguration
    /// Where connections subscribe.
    let bus: EventBus
    let operations: AWSEventsDoor
    let publishing: PublishDoor
    let callback: LocalCallbackAPI
    let metrics: GatewayMetrics
    let logger: Logger
}
