import Broker
import Logging

/// What the handlers of all connections share.
///
/// A class, because each connection holds it: by value it would take several hundred bytes of each.
final class GatewayServices: Sendable {
    let configuration: GatewayConfiguration
    /// Where connections subscribe.
    let bus: EventBus
    let operations: AWSEventsDoor
    let publishing: PublishDoor
    let callback: LocalCallbackAPI
    let sessions: Sessions
    let metrics: GatewayMetrics
    let logger: Logger
    /// How many connections of subscribers there may be, and are.
    let admission: ConnectionAdmission
    /// How many polls may wait, and do.
    let pollAdmission: ConnectionAdmission
    /// The rules of the connections of stages, and those of ``GatewayConfiguration/echoStage``.
    let webSocketRules: WebSocketRules
    let echoRules: WebSocketRules

    init(
        configuration: GatewayConfiguration, bus: EventBus, operations: AWSEventsDoor, publishing: PublishDoor,
        callback: LocalCallbackAPI, sessions: Sessions, metrics: GatewayMetrics, logger: Logger
    ) {
        self.configuration = configuration
        self.bus = bus
        self.operations = operations
        self.publishing = publishing
        self.callback = callback
        self.sessions = sessions
        self.metrics = metrics
        self.logger = logger
        admission = ConnectionAdmission(connectionsMax: configuration.connectionsMax)
        pollAdmission = ConnectionAdmission(connectionsMax: configuration.pollsMax)
        webSocketRules = WebSocketRules(configuration.webSocket)
        var echo = configuration.webSocket
        echo.acceptsBinary = true
        echoRules = WebSocketRules(echo)
    }
}
