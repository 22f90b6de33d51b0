import Access
import Broker
import EventLog
import Foundation
import Gateway
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// A broker with everything it needs, wired together: log, bus, gateway.
struct BrokerProcess {
    private let settings: ServeSettings

    init(_ settings: ServeSettings) {
        self.settings = settings
    }

    /// Runs the broker until SIGTERM, SIGINT or cancellation.
    ///
    /// - Parameter listening: called once, when clients can connect, with what the log held then.
    /// - Throws: `EventLogError` where the log cannot be opened, `GatewayError` where it cannot listen.
    func run(listening: @escaping @Sendable (SocketAddress, LogContents?) async -> Void) async throws {
        var logger = Logger(label: "lambdaless")
        logger.logLevel = settings.logLevel
        let metrics = PrometheusRegistry(descriptions: MetricDescriptions.all)

        var configuration = settings.gateway
        configuration.connectionsMax = allowConnections(logger)
        configuration.metricsFactory = metrics
        configuration.metricsText = { metrics.text() }
        if !settings.credentials.isEmpty {
            let verifier = SignatureVerifier(credentials: settings.credentials)
            configuration.verifier = { request, payload, service throws(AccessError) in
                try verifier.verify(
                    request, payload: payload, service: service, now: Int64(Date().timeIntervalSince1970))
            }
        }

        let log = try settings.log.open(logger: logger)
        let contents = try await log.contents()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.eventLoops)
        let callback = LocalCallbackAPI(group: group, configuration: configuration)
        // What is not delivered yet must not be what the log lets go of.
        var limits = EventBus.Limits()
        limits.undeliveredBytes = min(limits.undeliveredBytes, (settings.log.bytes ?? .max) / 4)
        let bus = EventBus(
            name: EventBuses.defaultName, log: log, callback: callback, envelope: settings.envelope,
            limits: limits, ids: EventIDGenerator(after: try await log.greatestID()), metrics: metrics, logger: logger)
        let store = try settings.log.openSessions(logger: logger)
        let sessions = Sessions(store: store, limits: settings.sessions, logger: logger)
        try await sessions.load()
        let (drained, isDrained) = AsyncStream.makeStream(of: Void.self)
        let server = GatewayServer(
            configuration: configuration, group: group, callback: callback, bus: bus,
            buses: EventBuses([bus]), sessions: sessions, logger: logger,
            listening: { await listening($0, contents) },
            beforeGoodbye: {
                // What was published before the end still goes to the subscribers, and then the goodbye.
                bus.stop()
                for await _ in drained {}
            })

        // In order of need; shut down in reverse: the doors first, then the bus, which hands over what it has.
        var lifecycle = ServiceGroupConfiguration(
            services: [
                .init(service: SessionsService(sessions: sessions)),
                .init(service: BusService(bus: bus, ended: { isDrained.finish() })),
                .init(service: server),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        lifecycle.maximumGracefulShutdownDuration = .seconds(20)
        lifecycle.maximumCancellationDuration = .seconds(5)
        let services = ServiceGroup(configuration: lifecycle)
        do {
            try await services.run()
        } catch {
            await store.close()
            await log.close()
            try? await group.shutdownGracefully()
            throw error
        }
        await store.close()
        await log.close()
        try await group.shutdownGracefully()
    }

    /// Raises the limit of open files, and says how many connections there can be.
    private func allowConnections(_ logger: Logger) -> Int {
        let limit = DescriptorLimit.raised()
        let connectionsMax = settings.gateway.connectionsMax ?? limit.connectionsMax(eventLoops: settings.eventLoops)
        logger.notice(
            "room for connections",
            metadata: ["connections.max": "\(connectionsMax)", "descriptors.max": "\(limit.descriptorsMax)"])
        if let advice = limit.advice(connectionsMax: connectionsMax, eventLoops: settings.eventLoops) {
            logger.warning("\(advice)")
        }
        return connectionsMax
    }
}

/// Saves sessions until everything else has ended.
private struct SessionsService: Service {
    let sessions: Sessions

    func run() async throws {
        await cancelWhenGracefulShutdown { await sessions.run() }
    }
}

/// Runs a bus among the services of the process.
private struct BusService: Service {
    let bus: EventBus
    let ended: @Sendable () -> Void

    func run() async throws {
        defer { ended() }
        try await bus.run()
        ended()
        // The bus ends before its turn, while the gateway says goodbye; a service that returns early would end the group.
        try? await gracefulShutdown()
    }
}
