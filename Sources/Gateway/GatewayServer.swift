package import Broker
package import Logging
package import NIOCore
import NIOPosix
import ServiceLifecycle

/// The front door: HTTP and WebSocket on one port.
///
/// ``run()`` listens, serves until graceful shutdown or cancellation, says goodbye to every client (close frames with
/// 1001, responses with `Connection: close`), waits for them within a limit, and returns.
package final class GatewayServer: Service {
    private let services: GatewayServices
    private let group: any EventLoopGroup
    private let listening: @Sendable (SocketAddress) async -> Void
    private let beforeGoodbye: @Sendable () async -> Void

    /// - Parameters:
    ///   - group: the event loops to serve on, which `callback` was made with; it is not shut down here.
    ///   - callback: the connections of this gateway, which `bus` delivers to.
    ///   - bus: the bus that connections subscribe to.
    ///   - buses: the buses that publishers may name, `bus` among them.
    ///   - sessions: those that connections may name; saving them is the caller's.
    ///   - listening: called once, with the address, when connections are accepted.
    ///   - beforeGoodbye: called at shutdown when no connection is accepted any more, while those that are open still
    ///     get events: the place to hand over what has been published.
    package init(
        configuration: GatewayConfiguration, group: any EventLoopGroup, callback: LocalCallbackAPI, bus: EventBus,
        buses: EventBuses, sessions: Sessions, logger: Logger,
        listening: @escaping @Sendable (SocketAddress) async -> Void = { _ in },
        beforeGoodbye: @escaping @Sendable () async -> Void = {}
    ) {
        services = GatewayServices(
            configuration: configuration, bus: bus,
            operations: AWSEventsDoor(buses: buses, settings: configuration.publishing),
            publishing: PublishDoor(buses: buses, settings: configuration.publishing), callback: callback,
            sessions: sessions, metrics: GatewayMetrics(factory: configuration.metricsFactory), logger: logger)
        self.group = group
        self.listening = listening
        self.beforeGoodbye = beforeGoodbye
    }

    /// Serves until it is told to stop.
    /// - Throws: ``GatewayError`` when the configuration cannot be served or the port is taken.
    package func run() async throws {
        let configuration = services.configuration
        try configuration.check()
        let server = try await bind()
        guard let address = server.localAddress else { return }
        let logger = services.logger
        logger.notice("listening", metadata: ["gateway.address": "\(address)"])
        await listening(address)
        try? await gracefulShutdown()
        logger.info("closing connections", metadata: ["gateway.address": "\(address)"])
        try? await server.close()
        await beforeGoodbye()
        await services.callback.shutdown(timeLimit: configuration.shutdownTimeLimit)
        logger.notice("stopped", metadata: ["gateway.address": "\(address)"])
    }

    private func bind() async throws -> any Channel {
        let services = services
        let dispatcher = Dispatcher(services)
        let configuration = services.configuration
        let bootstrap = ServerBootstrap(group: group)
            // As many as the kernel lets wait (net.core.somaxconn): clients beyond try again a second later.
            .serverChannelOption(.backlog, value: 65_535)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Accepted sockets inherit this from the listening one, which saves a system call for each.
            .serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 16)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(logger: services.logger))
                }
            }
            .childChannelOption(.recvAllocator, value: ReceiveBuffer.http)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let connections = services.callback.connections(of: channel.eventLoop) else {
                        throw GatewayError.foreignEventLoop
                    }
                    let handler = HTTPHandler(
                        services: services, dispatcher: dispatcher, connections: connections,
                        now: channel.eventLoop.now)
                    try HTTPPipeline.install(in: channel, handler, configuration.http)
                }
            }
        do {
            return try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
        } catch {
            throw GatewayError(error, host: configuration.host, port: configuration.port)
        }
    }
}
