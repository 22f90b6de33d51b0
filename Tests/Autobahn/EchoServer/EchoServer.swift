import Broker
import EventLog
import Gateway
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The gateway's own WebSocket stack with a stage that sends every message back, and with limits that the conformance
/// suite stays below. `EchoServer PORT` serves `ws://127.0.0.1:PORT/echo` until SIGTERM.
@main
enum EchoServer {
    static func main() async throws {
        guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
            print("usage: EchoServer PORT")
            return
        }
        var configuration = GatewayConfiguration()
        configuration.port = port
        configuration.echoStage = "echo"
        configuration.webSocket.messageBytesMax = 64 * 1024 * 1024
        configuration.webSocket.frameBytesMax = 64 * 1024 * 1024
        configuration.webSocket.outboundQueueBytesMax = 256 * 1024 * 1024
        configuration.webSocket.pingInterval = nil
        configuration.compression.eventBytesMin = 0

        let logger = Logger(label: "echo")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let callback = LocalCallbackAPI(group: group, configuration: configuration)
        let bus = EventBus(
            name: "default", log: MemoryEventLog(), callback: callback,
            envelope: Envelope(account: "123456789012", region: "us-east-1"), logger: logger)
        let server = GatewayServer(
            configuration: configuration, group: group, callback: callback, bus: bus,
            buses: EventBuses([bus]), sessions: Sessions(store: NoSessionStore(), logger: logger), logger: logger
        ) { address in
            print("listening on \(address)")
            fflush(nil)  // a pipe would keep the line until it is full
        }
        let services = ServiceGroup(services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await services.run()
        try await group.shutdownGracefully()
    }
}
