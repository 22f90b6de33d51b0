import Broker
import EventLog
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
        /// Milliseconds since 1970.
        let connectedAt: Int64
        /// In which form events go to it. Last, as what is small takes no room at the end.
        let framing: Framing
    }

    private var socket: (any SubscriberSocket)?
    /// Follows the session that the connection has, if it has one.
    private(set) var session: SessionTracker?
    /// How many events matched, whether or not they could be sent.
    private(set) var matched = 0
    let identity: Identity
    /// Whether this connection is listed for the flush at the end of the turn.
    var awaitsFlush = false
    private let services: GatewayServices
    private let connections: LoopConnections
    /// What the URL asked for, until it is dealt with.
    private var query: ConnectQuery?
    /// The replay that the connection is in, if it is in one.
    private var replay: ReplayInProgress?

    /// The pattern that events are matched against now; only ``LoopConnections`` changes it.
    var binding: PatternBinding?

    init(
        _ identity: Identity, query: ConnectQuery?, services: GatewayServices, connections: LoopConnections
    ) {
        self.identity = identity
        self.query = query
        self.services = services
        self.connections = connections
    }

    private var eventLoop: any EventLoop { connections.eventLoop }

    // MARK: Conversation

    func opened(_ socket: WebSocketHandler) {
        opened(socket as any SubscriberSocket)
    }

    func opened(_ socket: any SubscriberSocket) {
        self.socket = socket
        connections.add(self)
        services.metrics.opened()
        services.bus.connectionOpened(identity.id)
        guard let query else { return }
        self.query = nil
        if let name = query.session {
            begin(query, SessionKey(stage: identity.stage, name: name), on: socket)
        } else if let pattern = query.pattern {
            change(query.replay, startsNow: query.startsNow, on: socket, isAsked: false) {
                () throws(EventPatternError) in pattern
            }
        }
    }

    /// Takes a session over from whichever connection had it, and goes on with its pattern where its client stopped.
    private func begin(_ query: ConnectQuery, _ key: SessionKey, on socket: any SubscriberSocket) {
        let attachment: Sessions.Attachment
        do throws(Sessions.Refusal) {
            attachment = try services.sessions.attach(
                key, to: identity.id, acknowledging: query.acknowledges)
        } catch {
            return socket.close(.tooManySessions, cause: .clientFault)
        }
        if let previous = attachment.previous { services.callback.endSession(of: previous) }
        session = SessionTracker(key, identity.id, services.sessions)
        let record = attachment.record
        let goesOn = query.replay == nil && !query.startsNow && record.pattern != nil
        let replay = goesOn ? Replay(.afterSequence(record.cursor)) : query.replay
        guard let text = query.pattern?.text ?? record.pattern else { return }
        change(
            replay, startsNow: query.startsNow, on: socket, isAsked: false,
            stored: query.pattern == nil ? nil : record.pattern
        ) { () throws(EventPatternError) in
            if let pattern = query.pattern { return pattern }
            return try EventPattern(parsing: Array(text.utf8))
        }
    }

    /// Hands a pattern to the bus; what the client says next waits until it holds.
    ///
    /// - Parameters:
    ///   - startsNow: whether it is for nothing of the past, not even for what a session has missed.
    ///   - isAsked: whether it came with a message, which wants an answer.
    ///   - stored: the pattern that the connection's session had before it.
    ///   - pattern: compiles it, away from the event loop, since a long pattern takes its time.
    private func change(
        _ replay: Replay?, startsNow: Bool, on socket: any SubscriberSocket, isAsked: Bool, stored: String? = nil,
        to pattern: @escaping @Sendable () throws(EventPatternError) -> EventPattern
    ) {
        socket.pause()
        // Another pattern does not end a session's catching up.
        let catchingUp = self.replay == nil ? nil : session?.cursor.map { Replay(.afterSequence($0)) }
        let replay = replay ?? (startsNow ? nil : catchingUp)
        let (id, request) = (identity.id, RequestID.generate())
        PatternChange(
            connection: NIOLoopBound(self, eventLoop: eventLoop), eventLoop: eventLoop, id: id, request: request,
            bus: services.bus, logger: services.logger,
            session: session.map { SessionNotes($0, namesPlace: replay != nil || startsNow) }, stored: stored,
            news: { [stream = identity.framing.stream] news, replaced in
                if let stream { return StreamNews.text(news, left: replay?.limit, id, request, stream) }
                return isAsked
                    ? ReplyFrame.news(news, action: "pattern", id, request)
                    : ReplyFrame.unaskedNews(news, id, request, replaced: replaced)
            }
        ).perform(replay, of: pattern)
    }

    func received(_ message: WebSocketMessage, from socket: WebSocketHandler) {
        guard case .text(let text) = message else { return }
        let route = MessageRoute(text)
        services.metrics.received(route)
        let request = RequestID.generate()
        switch route {
        case .pattern(let text, nil, startsNow: false) where continues(text):
            // What the session holds already: to set it anew would leave out what is still to come of the past.
            let place = PatternPlace(sequence: session?.cursor ?? .zero, event: nil)
            reply(ReplyFrame.news(.holds(place), action: "pattern", identity.id, request))
        case .pattern(let text, let replay, let startsNow):
            change(replay, startsNow: startsNow, on: socket, isAsked: true) { () throws(EventPatternError) in
                try EventPattern(parsing: text)
            }
        case .invalidPattern(let message):
            // In the words of AWS's exception, whose reasons are all about a pattern that is there.
            refuse("InvalidEventPatternException: Event pattern is not valid. Reason: \(message)", request)
        case .invalidReplay(let message):
            refuse("BadRequestException: \(message)", request)
        case .unsubscribe:
            socket.pause()
            let id = identity.id
            let notes = session.map { SessionNotes($0, namesPlace: false) }
            let taken = services.bus.clearPattern(for: id) { news in
                notes?.note(news, pattern: nil)
                return ReplyFrame.news(news, action: "unsubscribe", id, request)
            }
            if !taken {
                refuse(PatternChange.busy, request)
                socket.resume()
            }
        case .acknowledge(let event):
            acknowledge(event, request, on: socket)
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
        closed(socket as any SubscriberSocket)
    }

    func closed(_ socket: any SubscriberSocket) {
        connections.remove(self)
        services.admission.leave()
        services.bus.connectionClosed(identity.id)
        endReplay()
        session?.detach()
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

    /// Whether this is the text of the pattern that the connection's session has and goes on with.
    private func continues(_ text: [UInt8]) -> Bool {
        guard session != nil, let held = binding?.text ?? replay?.text else { return false }
        return text.elementsEqual(held.utf8)
    }

    func answered(ping payload: [UInt8]) {
        guard let ping = session?.answered(payload), let socket else { return }
        _ = socket.send(ping)
        socket.flush()
    }

    /// Moves the session's cursor to an event, when the log has been asked for its place.
    private func acknowledge(_ event: EventID?, _ request: RequestID, on socket: any SubscriberSocket) {
        guard let session else { return refuse("BadRequestException: ack is for connections with a session", request) }
        guard let event else { return refuse("BadRequestException: ack needs id, the id of an event", request) }
        socket.pause()
        let bound = NIOLoopBound((self, session), eventLoop: eventLoop)
        let (bus, eventLoop) = (services.bus, eventLoop)
        Task {
            let place = try? await bus.place(of: event)
            eventLoop.execute {
                let (connection, session) = bound.value
                if let place {
                    session.acknowledged(place)
                } else {
                    connection.refuse("BadRequestException: the log holds no event \(event)", request)
                }
                connection.goOn()
            }
        }
    }

    func counted(_ change: OutboundChange) {
        connections.totals.add(change)
    }

    func fellBehind() {
        connections.totals.fellBehind()
    }

    func endLoan() -> LentSocket {
        let lent = connections.endLoan(to: self)
        matched += Int(lent.messages)
        return lent
    }

    /// Lends the socket to the table of patterns: its descriptor, if an event in the plain form can go by it.
    func lendSocket() -> CInt? {
        // A session has a ping to send behind events.
        guard session == nil, identity.framing == .plain else { return nil }
        return socket?.lend()
    }

    func takeSocketBack() {
        socket?.takeBack()
    }

    func refuse(_ message: String, _ request: RequestID) {
        reply(ReplyFrame.error(message, identity.id, request))
    }

    /// Takes the client's next message, as the one before is answered.
    func goOn() {
        socket?.resume()
        endIdleStream()
    }

    /// A stream can ask for nothing: without a pattern it has nothing to wait for.
    private func endIdleStream() {
        if identity.framing.stream != nil && binding == nil && replay == nil {
            socket?.close(.goingAway, cause: .ended)
        }
    }

    private func reply(_ text: [UInt8]) {
        send(text, plain: FrameEncoder.frame(.text, text), isNotice: true)
    }

    // MARK: Callback API

    /// The bus has done what the client asked for; what it asked next may follow.
    func answered(_ acknowledgement: [UInt8]?) {
        tell(acknowledgement)
        goOn()
    }

    /// The bus has news that the client did not ask for. What it has asked meanwhile is still to be answered.
    func told(_ news: [UInt8]?) {
        tell(news)
        endIdleStream()
    }

    private func tell(_ news: [UInt8]?) {
        guard let news else { return }
        if identity.framing.stream == nil {
            reply(news)
        } else {
            // News for a stream come in its own form.
            _ = socket?.send(.message(ByteBuffer(bytes: news)))
            socket?.flush()
        }
    }

    /// The replay of the pattern before is over, and what the session followed of it.
    func patternChanged() {
        endReplay()
        session?.follow()
    }

    /// From here on the connection gets what is replayed under this id.
    ///
    /// - Parameter limit: how many events there will be at most.
    func beginReplay(_ id: ReplayID, of text: String, limit: Int?) {
        patternChanged()
        replay = ReplayInProgress(id: id, text: text, left: limit)
    }

    func endReplay() {
        replay?.end()
        replay = nil
    }

    func isReplaying(_ id: ReplayID) -> Bool { replay?.id == id }

    /// An event as the connection gets it: the bytes that all others get, unless it says how many are to follow.
    func frame(of event: EncodedDelivery, _ encoder: EventEncoder) -> ByteBuffer? {
        if let replay, let left = replay.left, let stream = identity.framing.stream {
            replay.left = left - 1
            return event.streamFrame(stream, left: left - 1)
        }
        return event.frame(identity.framing, encoder)
    }

    /// Sends what is replayed.
    ///
    /// - Parameter taken: called when next to nothing waits for the client any more, with whether the replay goes on.
    func replay(
        _ pieces: ContiguousArray<FrameRun>, matched: Int, through place: SequenceNumber, as id: ReplayID,
        taken: @escaping (Bool) -> Void
    ) {
        guard let replay, replay.id == id, let socket, socket.isOpen else { return taken(false) }
        self.matched += matched
        replay.send(pieces, on: socket) { [self] goesOn in
            if goesOn, let ping = session?.sent(through: place) { _ = socket.send(ping) }
            socket.flush()
            taken(goesOn)
        }
    }

    func mayTakeMore() {
        if let socket { replay?.goOn(on: socket) }
    }

    /// Sends the frames of `matched` events that matched; events over the size limit are counted and have no frame. A
    /// client that is too slow for them is closed, unless the policy made room: a gap that nobody tells of is worse.
    ///
    /// - Parameters:
    ///   - place: that of the last of these events.
    ///   - now: the event loop's time.
    ///   - sent: how many bytes of the frames went by the lent socket already, if it is a single piece.
    func deliver(
        _ pieces: ContiguousArray<FrameRun>, matched: Int, through place: SequenceNumber, at now: NIODeadline,
        sent: Int = 0
    ) {
        assert(sent == 0 || pieces.count == 1)
        self.matched += matched
        guard let socket else { return }
        for piece in pieces where socket.sendNow(piece, at: now, sent: sent) == .queueFull {
            socket.closeSlowConsumer()
        }
        if let ping = session?.sent(through: place) { _ = socket.send(ping) }
        socket.flush()
    }

    /// Sends a text that is no event, flushed with the rest of this turn's.
    ///
    /// - Parameter plain: the text as a ``Framing/plain`` frame.
    func send(_ text: [UInt8], plain: ByteBuffer, isNotice: Bool = false) {
        guard let socket else { return }
        switch socket.send(.message(message(text, plain: plain, isNotice: isNotice))) {
        case .accepted: connections.flushLater(self)
        case .queueFull: socket.closeSlowConsumer()
        case .closed: break
        }
    }

    /// Events have left the log before they came to this connection.
    func tellGap() {
        guard let socket else { return }
        switch socket.send(.message(GapNotice.frame(dropped: nil, identity.framing))) {
        case .accepted: connections.flushLater(self)
        case .queueFull: socket.closeSlowConsumer()
        case .closed: break
        }
    }

    /// Sends for `@connections`: a full queue refuses the message and leaves the connection as it is.
    func post(_ text: [UInt8], plain: ByteBuffer) -> Result<Void, CallbackError> {
        guard let socket, socket.isOpen else { return .failure(.gone) }
        guard socket.send(.message(message(text, plain: plain))) == .accepted else { return .failure(.bufferFull) }
        connections.flushLater(self)
        return .success(())
    }

    /// Only streams have another form for messages: so few are not worth compressing.
    private func message(_ text: [UInt8], plain: ByteBuffer, isNotice: Bool = false) -> ByteBuffer {
        guard let stream = identity.framing.stream else { return plain }
        return EventStreamText.message(text, isNotice: isNotice, stream)
    }

    func disconnect() {
        socket?.close(.disconnected, cause: .api)
    }

    /// Another connection has taken the session over, or it was deleted.
    func endSession() {
        session = nil
        socket?.close(.sessionEnded, cause: .session)
    }

    func flush() {
        socket?.flush()
    }

    /// Whether the connection can still be sent to.
    var isOpen: Bool { socket?.isOpen ?? false }

    func status() -> ConnectionStatus {
        takeSocketBack()
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
            sourceIP: identity.sourceIP, userAgent: identity.userAgent, pattern: binding?.text ?? replay?.text,
            counters: counters)
    }
}

@available(*, unavailable)
extension GatewayConnection: Sendable {}
