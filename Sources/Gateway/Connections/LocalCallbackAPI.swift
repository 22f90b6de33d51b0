package import Broker
package import EventLog
package import NIOCore
package import PatternIndex
import WebSocketFraming

/// The callback API for the connections of this process: everything that reaches a connection goes through it, the
/// `@connections` calls as well as the events of the bus.
///
/// Each event loop owns its connections and the table pattern → connections. A batch of events costs one task per event
/// loop that has connections; the frame of an event is encoded once and shared by all (``LoopConnections`` says how).
package final class LocalCallbackAPI: CallbackAPI {
    private struct Loop: Sendable {
        let eventLoop: any EventLoop
        let connections: NIOLoopBoundBox<LoopConnections>

        /// Runs `body` on the event loop if the connection is still there then.
        func run(
            with id: ConnectionID, _ body: @escaping @Sendable (GatewayConnection, LoopConnections) -> Void
        ) {
            eventLoop.execute {
                let connections = connections.value
                if let connection = connections[id] { body(connection, connections) }
            }
        }
    }

    private let loops: [Loop]
    private let directory: ConnectionDirectory
    private let messageBytesMax: Int
    private let eventBytesMax: Int?
    private let metrics: DeliveryMetrics
    private let window: DeliveryWindow

    /// - Parameters:
    ///   - group: the event loops that connections will live on; give the same one to ``GatewayServer``.
    ///   - configuration: the limits for messages and events.
    package init(group: any EventLoopGroup, configuration: GatewayConfiguration) {
        let eventLoops = Array(group.makeIterator())
        let directory = ConnectionDirectory(loopCount: eventLoops.count)
        let metrics = DeliveryMetrics(factory: configuration.metricsFactory)
        let window = DeliveryWindow(bytesMax: 4 * 1024 * 1024)
        loops = eventLoops.enumerated().map { index, eventLoop in
            let box = NIOLoopBoundBox.makeBoxSendingValue(
                LoopConnections(
                    eventLoop: eventLoop, loopIndex: index, directory: directory,
                    sweepInterval: configuration.sweepInterval, metrics: metrics, window: window,
                    compression: configuration.compression),
                eventLoop: eventLoop)
            return Loop(eventLoop: eventLoop, connections: box)
        }
        self.directory = directory
        messageBytesMax = configuration.webSocket.messageBytesMax
        eventBytesMax = configuration.eventBytesMax
        self.metrics = metrics
        self.window = window
    }

    /// The table of `eventLoop`, which must be the current one.
    func connections(of eventLoop: any EventLoop) -> LoopConnections? {
        loops.first { $0.eventLoop === eventLoop }?.connections.value
    }

    /// Where a connection lives; nil when it is no longer there.
    private func loop(of id: ConnectionID) -> Loop? {
        directory.loopIndex(of: id).map { loops[$0] }
    }

    /// How many ids of patterns the tables of the event loops have room for, held or not: what they take of memory.
    package func patternTableSlots() async -> Int {
        var slots = 0
        for loop in loops {
            slots += await withCheckedContinuation { continuation in
                loop.eventLoop.execute { continuation.resume(returning: loop.connections.value.patternTableSlots) }
            }
        }
        return slots
    }

    // MARK: @connections

    /// Sends `message` as one text frame, in order with everything else that the connection gets.
    package func post(
        _ message: [UInt8], to id: ConnectionID, stage: String?
    ) async throws(CallbackError) {
        guard message.count <= messageBytesMax else { throw .payloadTooLarge(limit: messageBytesMax) }
        var text = UTF8Validator()
        guard text.consume(message.span), text.isComplete else { throw .notText }
        let frame = FrameEncoder.frame(.text, message)
        try await on(id, stage) { $0.post(message, plain: frame) }
    }

    package func status(of id: ConnectionID, stage: String?) async throws(CallbackError) -> ConnectionStatus {
        try await on(id, stage) { .success($0.status()) }
    }

    package func disconnect(_ id: ConnectionID, stage: String?) async throws(CallbackError) {
        try await on(id, stage) {
            $0.disconnect()
            return .success(())
        }
    }

    /// Closes a connection that has lost its session.
    func endSession(of id: ConnectionID) {
        loop(of: id)?.run(with: id) { connection, _ in connection.endSession() }
    }

    /// Runs `body` with an open connection, on its event loop, behind the events that came before.
    private func on<Value: Sendable>(
        _ id: ConnectionID, _ stage: String?,
        _ body: @escaping @Sendable (GatewayConnection) -> Result<Value, CallbackError>
    ) async throws(CallbackError) -> Value {
        guard let loop = loop(of: id) else { throw .gone }
        let result: Result<Value, CallbackError> = await withCheckedContinuation { continuation in
            loop.eventLoop.execute {
                loop.connections.value.settle()
                guard let connection = loop.connections.value[id], connection.isOpen,
                    stage == nil || stage == connection.identity.stage
                else { return continuation.resume(returning: .failure(.gone)) }
                continuation.resume(returning: body(connection))
            }
        }
        return try result.get()
    }

    package func connections() async -> [ConnectionStatus] {
        var all: [ConnectionStatus] = []
        for loop in loops {
            all += await withCheckedContinuation { continuation in
                loop.eventLoop.execute {
                    loop.connections.value.settle()
                    continuation.resume(returning: loop.connections.value.all.filter(\.isOpen).map { $0.status() })
                }
            }
        }
        return all
    }

    // MARK: Event bus

    package func deliver(_ batch: DeliveryBatch) async {
        guard !batch.isEmpty else { return }
        let encoded = EncodedBatch(encode(batch.events), batch.matches)
        for (index, loop) in loops.enumerated() where directory.hasConnections(loopIndex: index) {
            window.enter(encoded.bytes)
            loop.eventLoop.execute { loop.connections.value.collect(encoded) }
        }
        await window.waitForRoom()
    }

    /// An event over the size limit is counted and has no frame.
    private func encode(_ events: [LoggedEvent]) -> [EncodedDelivery] {
        let hasOthers = directory.hasOthersThanPlain
        return events.map { event in
            let isOversize = eventBytesMax.map { event.event.envelope.count > $0 } ?? false
            if isOversize { metrics.oversize() }
            return EncodedDelivery(event, isOversize: isOversize, hasOthers: hasOthers)
        }
    }

    package func tellGap() {
        for (index, loop) in loops.enumerated() where directory.hasConnections(loopIndex: index) {
            loop.eventLoop.execute {
                let connections = loop.connections.value
                connections.settle()
                for connection in connections.all where connection.binding != nil { connection.tellGap() }
            }
        }
    }

    package func bind(
        _ id: ConnectionID, to pattern: PatternID?, text: String?, acknowledgement: [UInt8]?
    ) {
        loop(of: id)?.run(with: id) { connection, connections in
            connections.bind(connection, to: pattern, text: text)
            connection.patternChanged()
            connection.answered(acknowledgement)
        }
    }

    package func endReplay(
        of id: ConnectionID, boundTo pattern: PatternID?, text: String?, missed: [LoggedEvent],
        acknowledgement: [UInt8]?
    ) {
        guard let loop = loop(of: id) else { return }
        let missed = encode(missed)
        loop.run(with: id) { connection, connections in
            connections.bind(connection, to: pattern, text: text)
            connection.patternChanged()
            if !missed.isEmpty {
                connection.deliver(
                    connections.pieces(of: missed, for: connection), matched: missed.count,
                    through: missed[missed.count - 1].sequence, at: connections.eventLoop.now)
            }
            connection.told(acknowledgement)
        }
    }

    package func beginReplay(
        _ replay: ReplayID, of text: String, limit: Int?, to id: ConnectionID, acknowledgement: [UInt8]?
    ) {
        loop(of: id)?.run(with: id) { connection, connections in
            connections.bind(connection, to: nil, text: nil)
            connection.beginReplay(replay, of: text, limit: limit)
            connection.answered(acknowledgement)
        }
    }

    package func replay(
        _ events: [LoggedEvent], behindGap: Bool, to id: ConnectionID, as replay: ReplayID
    ) async -> Bool {
        guard let loop = loop(of: id) else { return false }
        let events = encode(events)
        return await withCheckedContinuation { continuation in
            loop.eventLoop.execute {
                let connections = loop.connections.value
                guard let connection = connections[id], connection.isReplaying(replay) else {
                    return continuation.resume(returning: false)
                }
                var pieces = connections.pieces(of: events, for: connection)
                if behindGap {
                    pieces.insert(.message(GapNotice.frame(dropped: nil, connection.identity.framing)), at: 0)
                }
                connection.replay(
                    pieces, matched: events.count, through: events.last?.sequence ?? .zero, as: replay
                ) { continuation.resume(returning: $0) }
            }
        }
    }

    // MARK: Route sendmessage

    /// Sends `message` to every connection of `stage`; returns when it is queued at all of them, so that a sender who
    /// waits for it has one message on its way at a time.
    func broadcast(_ message: [UInt8], stage: String) async {
        let frame = FrameEncoder.frame(.text, message)
        for (index, loop) in loops.enumerated() where directory.hasConnections(loopIndex: index) {
            await withCheckedContinuation { continuation in
                loop.eventLoop.execute {
                    loop.connections.value.settle()
                    for connection in loop.connections.value.all where connection.identity.stage == stage {
                        connection.send(message, plain: frame)
                    }
                    continuation.resume()
                }
            }
        }
    }

    // MARK: Shutdown

    /// Asks every open socket to end; returns when all have, or after `timeLimit`, when the rest is cut off.
    func shutdown(timeLimit: TimeAmount) async {
        let ends = loops.map { loop in
            loop.eventLoop.flatSubmit {
                loop.connections.value.settle()
                let sweep = loop.connections.value.sweep
                let cutOff = loop.eventLoop.assumeIsolated().scheduleTask(in: timeLimit) { sweep.closeAll() }
                let end = sweep.beginShutdown()
                end.assumeIsolated().whenComplete { _ in cutOff.cancel() }
                return end
            }
        }
        for end in ends { try? await end.get() }
    }
}
