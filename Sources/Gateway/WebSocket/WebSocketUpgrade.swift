import Broker
import EventPattern
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Turns an HTTP connection into a WebSocket: answers 101, takes the HTTP handlers out, and puts ours in.
struct WebSocketUpgrade {
    let handler: HTTPHandler
    let head: HTTPRequestHead
    let stage: String

    /// The request is complete and may be upgraded, if the pattern in its URL is valid.
    func start(_ request: GatewayRequest, _ context: ChannelHandlerContext) {
        guard request.query.contains("pattern") else { return perform(request, nil, context) }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        // A pattern may take its time to compile, and the event loop has other connections.
        Task {
            let compiled = Result { () throws(EventPatternError) in try WebSocketHandshake.pattern(in: request) }
            eventLoop.execute {
                let upgrade = bound.value
                guard let context = upgrade.handler.context else { return }
                switch compiled {
                case .success(let pattern):
                    upgrade.perform(request, pattern, context)
                case .failure(let error):
                    let refusal = GatewayResponse.error(400, "InvalidEventPatternException", error.message)
                    upgrade.handler.answer(refusal, context)
                }
            }
        }
    }

    private func perform(_ request: GatewayRequest, _ pattern: EventPattern?, _ context: ChannelHandlerContext) {
        let handshake = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        var initial = HTTPHeaders()
        initial.add(name: "x-amzn-RequestId", value: request.requestID)
        handshake.buildUpgradeResponse(channel: context.channel, upgradeRequest: head, initialResponseHeaders: initial)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(var headers):
                    headers.add(name: "x-amzn-RequestId", value: request.requestID)
                    replaceHandlers(headers, request, pattern, context)
                case .failure(let error):
                    handler.answer(.error(400, "BadRequestException", "Bad WebSocket handshake: \(error)"), context)
                }
            }
    }

    private func replaceHandlers(
        _ headers: HTTPHeaders, _ request: GatewayRequest, _ pattern: EventPattern?, _ context: ChannelHandlerContext
    ) {
        let response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        handler.services.metrics.answered(.connect, status: 101)
        handler.handOver()
        context.write(HTTPHandler.wrapOutboundOut(.head(response)), promise: nil)
        context.writeAndFlush(HTTPHandler.wrapOutboundOut(.end(nil)), promise: nil)
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(webSocketHandler(request, pattern, context))
            for name in HTTPPipeline.handlersWithoutDecoder { _ = pipeline.removeHandler(name: name) }
            // Last, because it hands on what the client sent behind the handshake.
            _ = pipeline.removeHandler(name: HTTPPipeline.decoder)
        } catch {
            context.close(promise: nil)
        }
    }

    private func webSocketHandler(
        _ request: GatewayRequest, _ pattern: EventPattern?, _ context: ChannelHandlerContext
    ) -> WebSocketHandler {
        let services = handler.services
        let isEcho = stage == services.configuration.echoStage
        var settings = services.configuration.webSocket
        settings.acceptsBinary = isEcho
        let conversation: any WebSocketConversation =
            isEcho
            ? EchoConversation()
            : GatewayConnection(
                .init(
                    id: .generate(), stage: stage, sourceIP: request.sourceIP,
                    userAgent: request.header("user-agent"), connectedAt: WallClock.system.now()),
                firstPattern: pattern, services: services, connections: handler.connections)
        return WebSocketHandler(
            settings: settings, conversation: conversation, sweep: handler.connections.sweep,
            now: context.eventLoop.now)
    }
}
