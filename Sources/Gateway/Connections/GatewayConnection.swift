import Broker
import EventPattern
import Logging
import NIOCore
import PatternIndex
import WebSocketFraming

/// One subscriber: a WebSocket on a stage, its identity, its pattern and its counters. Lives on its event loop.
///
/// Messages are handled one after the other: while a change of the pattern is on its way to the event bus, the next
/// message waits (and the socket is not read), so answers come in the order of the questions.
final class GatewayConnection: WebSocketConversation {
    /// Who connected, and how: fixed from the handshake on.
    struct Identity: Sendable {
        let id: ConnectionID
        let stage: String
        let sourceIP: String
        let userAgent: String?
        /// In which form events go to it.
        let framing: Framing
        /// Milliseconds since 1970.
        let connectedAt: Int64
    }

    let identity: Identity
    private let services: GatewayServices
    private let connections: LoopConnections
    /// The pattern that came with the URL; in a box, since most connections have none and all would have its size.
    private var firstPattern: FirstPattern?
    private var socket: WebSocketHandler?

    /// The pattern that events are matched against now; only ``LoopConnections`` changes it.
    var binding: PatternBinding?
    /// How many events matched, whether or not they could be sent.
    private(set) var matched = 0
    /// Whether this connection is listed for the flush at the end of the turn.
    var awaitsFlush = false

    init(
        _ identity: Identity, firstPattern: EventPattern?, services: GatewayServices, connections: LoopConnections
    ) {
        self.identity = identity
        self.firstPattern = firstPattern.map(FirstPattern.init)
        self.services = services
        self.connections = connections
    }

    private var eventLoop: any EventLoop { connections.eventLoop }

    private final class FirstPattern {
        let pattern: EventPattern

        init(_ pattern: EventPattern) { self.pattern = pattern }
    }

    /// API Gateway's message for a throttled route: too many changes of patterns wait for the bus.
    private static let busy = "Too Many Requests"

    // MARK: Conversation

    func opened(_ socket: WebSocketHandler) {
        self.socket = socket
        connections.add(self)
        services.metrics.opened()
        services.bus.connectionOpened(identity.id)
        guard let pattern = firstPattern?.pattern else { return }
        firstPattern = nil
        // Without an acknowledgement, so that the first frame is an event; what the client asks waits until it holds.
        socket.pause()
        if !services.bus.setPattern(pattern, for: identity.id, acknowledgement: { _ in nil }) {
            refuse(Self.busy, RequestID.generate())
            socket.resume()
        }
    }

    func received(_ message: WebSocketMessage, from socket: WebSocketHandler) {
        guard case .text(let text) = message else { return }
        let route = MessageRoute(text)
        services.metrics.received(route)
        let request = RequestID.generate()
        switch route {
        case .pattern(let text):
            socket.pause()
            store(text, request)
        case .unsubscribe:
            socket.pause()
            let id = identity.id
            let taken = services.bus.clearPattern(for: id) {
                ReplyFrame.acknowledgement(action: "unsubscribe", status: "cleared", id, request, $0)
            }
            if !taken {
                refuse(Self.busy, request)
                socket.resume()
            }
        case .connectionID:
            reply(ReplyFrame.connectionID(identity.id))
        case .sendMessage(let data) where services.configuration.allowSendMessage:
            guard let data else { return refuse("Bad request body", request) }
            // A JSON string may hold half a surrogate pair, which no text frame can.
            let text = Array(String(decoding: data, as: UTF8.self).utf8)
            socket.pause()
            let connection = NIOLoopBound(self, eventLoop: eventLoop)
            let (callback, stage, eventLoop) = (services.callback, identity.stage, eventLoop)
            Task {
                await callback.broadcast(text, stage: stage)
                eventLoop.execute { connection.value.socket?.resume() }
            }
        case .sendMessage, .unknown:
            refuse("Forbidden", request)
        }
    }

    func closed(_ socket: WebSocketHandler) {
        connections.remove(self)
        services.admission.leave()
        services.bus.connectionClosed(identity.id)
        services.metrics.closed(socket.closeCause ?? .lost)
        if socket.closeCause == .slowConsumer {
            services.logger.warning(
                "slow consumer closed",
                metadata: [
                    "connection.id": "\(identity.id)", "connection.stage": "\(identity.stage)",
                    "queue.bytesMax": "\(services.configuration.webSocket.outboundQueueBytesMax)",
                    "dropped.messages": "\(socket.counters.droppedMessages)",
                    "dropped.bytes": "\(socket.counters.droppedBytes)",
                ])
        }
        self.socket = nil
    }

    func counted(_ change: OutboundChange) {
        connections.totals.add(change)
    }

    func fellBehind() {
        connections.totals.fellBehind()
    }

    /// Compiles the pattern away from the event loop, since a long one takes its time, and hands it to the bus.
    private func store(_ text: [UInt8], _ request: RequestID) {
        let change = PatternChange(
            connection: NIOLoopBound(self, eventLoop: eventLoop), eventLoop: eventLoop, id: identity.id,
            request: request, text: text, bus: services.bus)
        Task { change.perform() }
    }

    /// A pattern on its way from a message to the bus.
    private struct PatternChange: Sendable {
        let connection: NIOLoopBound<GatewayConnection>
        let eventLoop: any EventLoop
        let id: ConnectionID
        let request: RequestID
        let text: [UInt8]
        let bus: EventBus

        func perform() {
            guard let refusal = store() else { return }
            eventLoop.execute {
                connection.value.refuse(refusal, request)
                connection.value.socket?.resume()
            }
        }

        /// - Returns: why nothing is stored; `nil` when the bus has taken the pattern.
        private func store() -> String? {
            do throws(EventPatternError) {
                let pattern = try EventPattern(parsing: text)
                let taken = bus.setPattern(pattern, for: id) { [id, request] in
                    ReplyFrame.acknowledgement(action: "pattern", status: "stored", id, request, $0)
                }
                return taken ? nil : busy
            } catch {
                return "InvalidEventPatternException: \(error.message)"
            }
        }
    }

    private func refuse(_ message: String, _ request: RequestID) {
        reply(ReplyFrame.error(message, identity.id, request))
    }

    private func reply(_ text: [UInt8]) {
        send(FrameEncoder.frame(.text, text))
    }

    // MARK: Callback API

    /// The bus has changed the pattern; what the client asked next may follow.
    func bound(acknowledgement: [UInt8]?) {
        if let acknowledgement { reply(acknowledgement) }
        socket?.resume()
    }

    /// Sends the frames of `matched` events that matched; events over the size limit are counted and have no frame. A
    /// client that is too slow for them is closed, unless the policy made room: a gap that nobody tells of is worse.
    func deliver(_ pieces: ContiguousArray<FrameRun>, matched: Int, at now: NIODeadline) {
        self.matched += matched
        guard let socket else { return }
        for piece in pieces where socket.sendNow(piece, at: now) == .queueFull { socket.closeSlowConsumer() }
        socket.flush()
    }

    /// Sends a frame that is no event, flushed with the rest of this turn's.
    func send(_ frame: ByteBuffer) {
        guard let socket else { return }
        switch socket.send(frame) {
        case .accepted: connections.flushLater(self)
        case .queueFull: socket.closeSlowConsumer()
        case .closed: break
        }
    }

    /// Sends for `@connections`: a full queue refuses the message and leaves the connection as it is.
    func post(_ frame: ByteBuffer) -> Result<Void, CallbackError> {
        guard let socket, socket.isOpen else { return .failure(.gone) }
        guard socket.send(frame) == .accepted else { return .failure(.bufferFull) }
        connections.flushLater(self)
        return .success(())
    }

    func disconnect() {
        socket?.close(.disconnected, cause: .api)
    }

    func flush() {
        socket?.flush()
    }

    /// Whether the connection can still be sent to.
    var isOpen: Bool { socket?.isOpen ?? false }

    func status() -> ConnectionStatus {
        let sent = socket?.counters ?? .init()
        let sinceLast = socket.map { (eventLoop.now - $0.lastMessage).nanoseconds / 1_000_000 } ?? 0
        var counters = ConnectionStatus.Counters()
        counters.matched = matched
        counters.sentMessages = sent.sentMessages
        counters.sentBytes = sent.sentBytes
        counters.droppedMessages = sent.droppedMessages
        counters.droppedBytes = sent.droppedBytes
        counters.queuedBytes = socket?.queuedBytes ?? 0
        return ConnectionStatus(
            id: identity.id, stage: identity.stage, connectedAt: identity.connectedAt,
            lastActiveAt: max(identity.connectedAt, WallClock.system.now() - sinceLast),
            sourceIP: identity.sourceIP, userAgent: identity.userAgent, pattern: binding?.text,
            counters: counters)
    }
}

@available(*, unavailable)
extension GatewayConnection: Sendable {}
