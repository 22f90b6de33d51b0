import Broker
import EventLog
import Gateway
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A gateway on a free loopback port with its event bus, for the time of one test.
struct GatewayUnderTest {
    let bus: EventBus
    let callback: LocalCallbackAPI
    let port: Int
    /// Shuts the gateway down as SIGTERM would; returns at once.
    let stop: @Sendable () async -> Void

    /// Starts a gateway, runs `body`, and shuts the gateway down.
    static func run(
        log: any EventLog = MemoryEventLog(), _ change: (inout GatewayConfiguration) -> Void = { _ in },
        sessions changeSessions: (inout Sessions.Limits) -> Void = { _ in },
        sessionStore: any SessionStore = NoSessionStore(),
        _ body: @escaping @Sendable (GatewayUnderTest) async throws -> Void
    ) async throws {
        var configuration = GatewayConfiguration()
        configuration.port = 0
        // A busy machine may take its time; who tests a limit sets it.
        configuration.http.headTimeLimit = .minutes(1)
        configuration.http.bodyGraceTime = .minutes(1)
        configuration.webSocket.pingInterval = nil
        change(&configuration)
        var sessionLimits = Sessions.Limits()
        changeSessions(&sessionLimits)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let callback = LocalCallbackAPI(group: group, configuration: configuration)
        let bus = EventBus(
            name: "default", log: log, callback: callback,
            envelope: Envelope(account: "000000000000", region: "us-east-1"), logger: logger)
        let (addresses, listening) = AsyncStream.makeStream(of: SocketAddress.self)
        let server = GatewayServer(
            configuration: configuration, group: group, callback: callback, bus: bus,
            buses: EventBuses([bus]),
            sessions: Sessions(store: sessionStore, limits: sessionLimits, logger: logger),
            logger: logger
        ) { address in
            listening.yield(address)
            listening.finish()
        }
        let services = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await bus.run() }
            tasks.addTask {
                defer { bus.stop() }
                defer { listening.finish() }
                try await services.run()
            }
            tasks.addTask {
                var iterator = addresses.makeAsyncIterator()
                guard let port = await iterator.next()?.port else { return }
                let gateway = GatewayUnderTest(bus: bus, callback: callback, port: port) {
                    await services.triggerGracefulShutdown()
                }
                do { try await body(gateway) } catch {
                    await services.triggerGracefulShutdown()
                    throw error
                }
                await services.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
        try await group.shutdownGracefully()
    }

    /// Publishes one event and returns its envelope's id.
    func publish(_ type: String, _ detail: String = "{}") async throws {
        let draft = EventDraft(source: "test", detailType: type, detail: Array(detail.utf8), in: bus.envelope)
        for result in await bus.publish([draft]) { _ = try result.get() }
    }
}
