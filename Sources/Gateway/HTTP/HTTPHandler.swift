import Broker
import NIOCore
import NIOHTTP1

/// Serves HTTP/1.1 on one connection: reads requests, asks the ``Dispatcher``, writes responses, and hands the
/// connection over when a client wants a WebSocket.
///
/// ``HTTPExchange`` decides, this handler performs. It stands behind NIO's pipelining handler, which keeps requests apart.
final class HTTPHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    let services: GatewayServices
    let connections: LoopConnections
    private let dispatcher: Dispatcher
    private(set) var context: ChannelHandlerContext?
    /// This handler for whoever comes back from elsewhere; while it is in a pipeline, as it holds the handler.
    private var bound: NIOLoopBound<HTTPHandler>?

    private var exchange = HTTPExchange()
    private var head: HTTPRequestHead?
    /// The request's `Origin`.
    private var origin: String?
    /// Where the response to an ordinary request goes: NIO's handlers have not seen the request.
    private var outside: OrdinaryRequestHandler?
    private var requestID: RequestID
    /// The client's address as text, once it has been asked for.
    private var sourceIP: String?
    private var route = HTTPRoute.Name.none
    /// A request with a streamed body, until its end or the end of this turn's reading: what comes first decides.
    private var arriving: ArrivingRequest?
    private var upload: RequestUpload?
    private var work: Task<Void, Never>?
    private var clock: HTTPClock
    private var readWithheld = false
    /// The response is one that goes on until the client or the server has enough.
    private var isOpenEnded = false
    /// The end of a response is being written, while which NIO's pipelining handler hands on what waited.
    private var isWritingEnd = false
    /// A response is written but for its end, behind which the next request would be answered, as the channel holds more
    /// than it should: a client that asks on and on and reads nothing would fill the memory with answers.
    private var isEndHeld = false
    /// Counts responses, so that a door whose request was answered without it does not answer the next one.
    private(set) var responseCount = 0
    var sweepIndex = -1

    init(services: GatewayServices, dispatcher: Dispatcher, connections: LoopConnections, now: NIODeadline) {
        self.services = services
        self.dispatcher = dispatcher
        self.connections = connections
        requestID = connections.requestIDs.next()
        clock = HTTPClock(settings: services.configuration.http, now: now)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let bytes): receive(bytes, context)
        case .end: finish(context)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.head = head
        requestID = connections.requestIDs.next()
        let request = GatewayRequest(
            method: head.method.rawValue, target: head.uri, fields: RequestHeaders(head.headers),
            sourceIP: sourceIP(context), id: requestID)
        origin = request.header("origin")
        let plan = Self.refusal(of: head).map { RequestPlan.answer($0, .none) } ?? dispatcher.plan(request)
        route = plan.routeName
        clock.began(at: context.eventLoop.now, isStream: plan.isStream)
        // After a request that asks for any upgrade NIO's decoder stops, whether or not the upgrade is done.
        let keepAlive = head.isKeepAlive && !head.headers.contains(name: "upgrade")
        switch exchange.head(request, plan, keepAlive: keepAlive) {
        case .none: sendContinueIfExpected(context)
        case .answer(let response): answer(response, context)
        case .startStream:
            sendContinueIfExpected(context)
            arriving = ArrivingRequest(request: request)
            // No reading goes on whose end would be told.
            if isWritingEnd { startStream(context) }
        }
    }

    private func sourceIP(_ context: ChannelHandlerContext) -> String {
        if let sourceIP { return sourceIP }
        let address = context.remoteAddress?.ipAddress ?? ""
        sourceIP = address
        return address
    }

    /// RFC 9112 §3.2: whoever stands between the client and us might have gone by the other one.
    private static func refusal(of head: HTTPRequestHead) -> GatewayResponse? {
        guard head.headers[canonicalForm: "host"].count > 1 else { return nil }
        return .error(400, "BadRequestException", "The request has more than one Host")
    }

    private func receive(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        clock.received(bytes.readableBytes, at: context.eventLoop.now)
        switch exchange.body(bytes) {
        case .none: break
        case .feed(let bytes): feed(bytes, context)
        case .answer(let response): answer(response, context)
        }
    }

    private func finish(_ context: ChannelHandlerContext) {
        clock.ended(at: context.eventLoop.now)
        switch exchange.end() {
        case .none: break
        case .ask(let route, let request): ask(route, request, context)
        case .endStream: endStream(context)
        case .upgrade(let request, let upgrade): perform(upgrade, request, context)
        case .answer(let response): answer(response, context)
        case .close: context.close(promise: nil)
        }
    }

    /// RFC 9110 §10.1.1: the client waits for this before it sends the body.
    private func sendContinueIfExpected(_ context: ChannelHandlerContext) {
        guard let head, head.version == .http1_1,
            head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" })
        else { return }
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    // MARK: Ordinary requests

    /// Whether the next request can be answered: all before it have been, and it will not be refused as one too many.
    var isBetweenRequests: Bool { exchange.isIdle && exchange.keepsAlive }

    /// Answers a request that has come whole between two others and has not gone through NIO's handlers, unless that
    /// needs a task.
    ///
    /// - Parameter outside: where the response goes, past NIO's handlers as well.
    /// - Returns: false when they are to read it; nothing has been done then.
    func answer(
        _ ordinary: OrdinaryRequest, in bytes: ByteBuffer, through outside: OrdinaryRequestHandler
    ) -> Bool {
        guard let context else { return false }
        let request = ordinary.request(in: bytes, sourceIP: sourceIP(context), id: connections.requestIDs.next())
        let plan = dispatcher.plan(request)
        let writer = replyWriter(context)
        let answer = dispatcher.answer(request, plan) { writer.write($0) }
        if case .needsTask = answer { return false }
        self.outside = outside
        head = nil
        requestID = request.id
        origin = request.header("origin")
        route = plan.routeName
        exchange.beganWhole()
        return take(answer, context)
    }

    // MARK: Doors

    private func ask(_ route: HTTPRoute, _ request: GatewayRequest, _ context: ChannelHandlerContext) {
        let dispatcher = dispatcher
        if answerPromptly({ dispatcher.answer(route, request, later: $0) }, context) { return }
        run { await dispatcher.answer(route, request) }
    }

    /// Answers without a task, at once or when `door` has the answer, unless it needs one.
    private func answerPromptly(
        _ door: (_ later: @escaping @Sendable (GatewayResponse) -> Void) -> PromptAnswer<GatewayResponse>,
        _ context: ChannelHandlerContext
    ) -> Bool {
        // Pipelined requests that waited are handed on inside the writing of a response: answered there at once, each
        // would be answered inside the one before, and a client could ask for as deep a stack as it likes.
        guard !isWritingEnd else { return false }
        let writer = replyWriter(context)
        return take(door { writer.write($0) }, context)
    }

    /// Writes the answer that is there, and has what a door did without a task announced, once in this turn of the loop.
    ///
    /// - Returns: false when a task is needed: nothing has been done.
    private func take(_ answer: PromptAnswer<GatewayResponse>, _ context: ChannelHandlerContext) -> Bool {
        if case .needsTask = answer { return false }
        connections.responses.oncePerTurn { [dispatcher] in dispatcher.announce() }
        if case .now(let response) = answer { self.answer(response, context, flushesLater: true) }
        return true
    }

    private func feed(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        if arriving?.append(bytes) ?? false { return }
        startStream(context)
        upload?.yield(bytes)
    }

    private func endStream(_ context: ChannelHandlerContext) {
        guard let arriving else {
            upload?.finish()
            return
        }
        self.arriving = nil
        let (dispatcher, request, body) = (dispatcher, arriving.request, arriving.bytes)
        if answerPromptly({ dispatcher.answer(request, streamed: body, later: $0) }, context) { return }
        run { await dispatcher.answer(request, streaming: RequestBody(held: body)) }
    }

    /// The rest of the body will come later, if there is a request whose body is arriving: asks the door.
    private func startStream(_ context: ChannelHandlerContext) {
        guard let arriving else { return }
        self.arriving = nil
        let request = arriving.request
        let bound = bound(context)
        let upload = RequestUpload {
            bound.eventLoop.execute { bound.value.resumeReading() }
        }
        self.upload = upload
        let dispatcher = dispatcher
        let body = upload.body
        if let part = arriving.body { upload.yield(part) }
        run { await dispatcher.answer(request, streaming: body) }
    }

    /// Runs a door away from the event loop, and writes its reply.
    private func run(_ door: @escaping @Sendable () async -> HTTPReply) {
        guard let context else { return }
        let writer = replyWriter(context)
        work = Task { await writer.write(await door()) }
    }

    private func replyWriter(_ context: ChannelHandlerContext) -> HTTPReplyWriter {
        HTTPReplyWriter(handler: bound(context), responseCount: responseCount)
    }

    private func bound(_ context: ChannelHandlerContext) -> NIOLoopBound<HTTPHandler> {
        bound ?? NIOLoopBound(self, eventLoop: context.eventLoop)
    }

    // MARK: Responses

    /// Writes a whole response.
    ///
    /// - Parameter flushesLater: whether it may leave with other responses at the end of this turn of the event loop.
    func answer(_ response: GatewayResponse, _ context: ChannelHandlerContext, flushesLater: Bool = false) {
        if let outside {
            let head = responseHead(response, length: response.body.count)
            outside.write(connections.responses.buffers.bytes { head.write(to: &$0) })
        } else {
            writeHead(response, length: response.body.count, context)
            if !response.body.isEmpty, head?.method != .HEAD {
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
            }
        }
        end(context, flushesLater: flushesLater)
    }

    /// - Parameter length: `nil` for a body whose length is not known yet.
    func writeHead(_ response: GatewayResponse, length: Int?, _ context: ChannelHandlerContext) {
        isOpenEnded = length == nil
        if length == nil && head?.version != .http1_1 { exchange.endAfterResponse() }
        context.write(wrapOutboundOut(.head(responseHead(response, length: length).parts)), promise: nil)
    }

    private func responseHead(_ response: GatewayResponse, length: Int?) -> ResponseHead {
        services.metrics.answered(route, status: response.status)
        return ResponseHead(
            response: response, requestID: requestID, origin: CrossOrigin.isFor(route) ? origin : nil, length: length,
            connection: exchange.closesAfterResponse ? "close" : head?.version == .http1_0 ? "keep-alive" : nil)
    }

    /// Writes the end of a response when the channel has room, and goes on to whatever follows it.
    func end(_ context: ChannelHandlerContext, flushesLater: Bool = false) {
        arriving = nil
        upload?.abandon()
        upload = nil
        if !context.channel.isWritable {
            context.flush()
            isEndHeld = !context.channel.isWritable
            if isEndHeld { return }
        }
        writeEnd(context, flushesLater: flushesLater)
    }

    private func writeEnd(_ context: ChannelHandlerContext, flushesLater: Bool) {
        work = nil
        responseCount += 1
        isOpenEnded = false
        clock.answered(at: context.eventLoop.now)
        // The machine first: NIO's pipelining handler hands on the next request while the end is written.
        let next = exchange.answered()
        let outside = outside.take()
        if outside == nil {
            let isInside = isWritingEnd
            isWritingEnd = true
            context.write(wrapOutboundOut(.end(nil)), promise: nil)
            isWritingEnd = isInside
        }
        if flushesLater, case .awaitNext = next {
            let responses = connections.responses
            if let outside { responses.sendLater(outside) } else { responses.flushLater(context) }
        } else {
            outside?.send()
            context.flush()
            switch next {
            case .awaitNext: break
            case .close: closeWhenSent(context)
            case .linger: resumeReading()
            }
        }
        outside?.answered()
    }

    /// Closes behind what has been written: closing at once would cut off what the kernel has not taken yet.
    private func closeWhenSent(_ context: ChannelHandlerContext) {
        guard let socket = try? context.pipeline.syncOperations.context(name: HTTPPipeline.ordinaryRequests) else {
            return context.close(promise: nil)
        }
        (socket.handler as? OrdinaryRequestHandler)?.send()
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        socket.writeAndFlush(NIOAny(ByteBuffer()), promise: sent)
    }

    // MARK: Back-pressure

    func channelReadComplete(context: ChannelHandlerContext) {
        startStream(context)
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        // The door gets to see what came, and that the rest does not.
        startStream(context)
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        if upload?.isFull ?? false {
            readWithheld = true
            clock.isPaused = true
        } else if isEndHeld {
            readWithheld = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isEndHeld, context.channel.isWritable {
            isEndHeld = false
            writeEnd(context, flushesLater: false)
            resumeReading()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
        // RFC 9112 §9.6: the client may have ended its half only, and read the answer still. Who waits for events that
        // may never come is taken to have left.
        if case .answering = exchange.state, !isOpenEnded, route != .follow {
            exchange.endAfterResponse()
        } else if case .finished = exchange.state {
            // Closes as soon as what was written has left.
        } else {
            closeWhenSent(context)
        }
    }

    private func resumeReading() {
        upload?.resume()
        clock.isPaused = false
        guard readWithheld, let context else { return }
        clock.received(0, at: context.eventLoop.now)
        readWithheld = false
        context.read()
    }

    // MARK: Upgrade

    private func perform(_ upgrade: Upgrade, _ request: GatewayRequest, _ context: ChannelHandlerContext) {
        switch upgrade {
        case .webSocket(let stage): WebSocketUpgrade(handler: self, stage: stage).start(request, context)
        case .eventStream(let stage): EventStreamUpgrade(handler: self, stage: stage).start(request, context)
        }
    }

    /// The channel is somebody else's now.
    func handOver() {
        exchange.handOver()
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        connections.sweep.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        bound = nil
        outside = nil
        connections.sweep.remove(self)
        upload?.fail(RequestBodyError(description: "The client closed the connection before the end of the body"))
        upload = nil
        work?.cancel()
        work = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            context.close(promise: nil)
            return
        }
        switch exchange.state {
        case .answering:
            // What follows a whole request is no request: that one is answered still, and it was the last.
            return exchange.endAfterResponse()
        case .finished:
            // Nothing is expected any more, and what was answered is on its way.
            return
        case .idle: break
        default: return context.close(promise: nil)
        }
        requestID = connections.requestIDs.next()
        // They are those of the request before, and this is none.
        (head, origin, route) = (nil, nil, .none)
        exchange.endAfterResponse()
        let response: GatewayResponse =
            error == .headerOverflow
            ? .error(431, "BadRequestException", "Request header fields are too large")
            : .error(400, "BadRequestException", "The request is not HTTP/1.1: \(error)")
        answer(response, context)
    }
}

@available(*, unavailable)
extension HTTPHandler: Sendable {}

extension HTTPHandler: SweepTarget {
    func sweep(at now: NIODeadline) {
        guard let context else { return }
        switch clock.check(exchange, isWritable: context.channel.isWritable, at: now) {
        case .onTime:
            break
        case .refuseSlowBody:
            exchange.endAfterResponse()
            upload?.fail(RequestBodyError(description: "The body came too slowly"))
            answer(.error(408, "RequestTimeoutException", "The body came too slowly"), context)
        case .close:
            context.close(promise: nil)
        }
    }

    func beginShutdown() {
        exchange.endAfterResponse()
        if exchange.isIdle, let context { closeWhenSent(context) }
        // A poll answers at once with what it has.
        if isOpenEnded || route == .follow { work?.cancel() }
    }

    func closeNow() {
        context?.close(promise: nil)
    }
}
