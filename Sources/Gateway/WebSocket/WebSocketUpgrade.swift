import Broker
import NIOCore
import WebSocketFraming

/// Turns an HTTP connection into a WebSocket: answers 101, takes the HTTP handlers out, and puts ours in.
struct WebSocketUpgrade {
    let handler: HTTPHandler
    let stage: String

    /// The request is complete and may be upgraded, if what its URL asks for makes sense.
    func start(_ request: GatewayRequest, _ context: ChannelHandlerContext) {
        guard !request.query.isEmpty else { return perform(request, nil, context) }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        // A pattern may take its time to compile, and the event loop has other connections.
        Task {
            let query = Result { () throws(GatewayResponse.Refusal) in try ConnectQuery(request) }
            eventLoop.execute {
                let upgrade = bound.value
                guard let context = upgrade.handler.context else { return }
                switch query {
                case .success(let query): upgrade.perform(request, query, context)
                case .failure(let refusal): upgrade.handler.answer(refusal.response, context)
                }
            }
        }
    }

    private func perform(_ request: GatewayRequest, _ query: ConnectQuery?, _ context: ChannelHandlerContext) {
        guard let key = request.header("sec-websocket-key") else { return }
        guard isEcho || handler.services.admission.enter() else {
            handler.answer(.tooManyConnections(handler.services.admission.connectionsMax ?? 0), context)
            return
        }
        do {
            try replaceHandlers(key, request, query, context)
        } catch {
            // The channel has closed meanwhile, so there was no connection.
            if !isEcho { handler.services.admission.leave() }
            context.close(promise: nil)
        }
    }

    private var isEcho: Bool { stage == handler.services.configuration.echoStage }

    private func replaceHandlers(
        _ key: String, _ request: GatewayRequest, _ query: ConnectQuery?, _ context: ChannelHandlerContext
    ) throws {
        let compression = WebSocketHandshake.compression(of: request, handler.services.configuration.compression)
        let response = UpgradeResponse.bytes(
            key: key, extensions: compression?.response, requestID: request.requestID,
            allocator: context.channel.allocator)
        try HTTPPipeline.handOver(
            context, from: handler, answering: response, to: webSocketHandler(request, query, compression, context))
        handler.services.metrics.answered(.connect, status: 101)
    }

    private func webSocketHandler(
        _ request: GatewayRequest, _ query: ConnectQuery?, _ compression: DeflateAgreement?,
        _ context: ChannelHandlerContext
    ) -> WebSocketHandler {
        let services = handler.services
        let connections = handler.connections
        let framing = Framing(compression)
        let conversation: any WebSocketConversation =
            isEcho
            ? EchoConversation(framing, connections.encoder)
            : GatewayConnection(
                .init(
                    id: .generate(), stage: stage, sourceIP: request.sourceIP,
                    userAgent: request.header("user-agent"), connectedAt: WallClock.system.now(), framing: framing),
                query: query, services: services, connections: connections)
        return WebSocketHandler(
            rules: isEcho ? services.echoRules : services.webSocketRules, conversation: conversation,
            sweep: connections.sweep, now: context.eventLoop.now,
            inflater: compression == nil ? nil : connections.encoder.inflater,
            // There is no TLS, nor anything else between the handler and the socket.
            sendsDirectly: true)
    }
}
