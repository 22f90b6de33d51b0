import Broker
import NIOCore

/// Turns an HTTP connection into a stream of events: `GET /{stage}/events?pattern=…`. The response has no length and ends
/// with the connection (RFC 9112 §6.3).
struct EventStreamUpgrade {
    let handler: HTTPHandler
    let stage: String

    func start(_ request: GatewayRequest, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        // A pattern may take its time to compile, and the event loop has other connections.
        Task {
            let query = Result { () throws(GatewayResponse.Refusal) in try Self.query(of: request) }
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

    /// The answer to HEAD: what the head of the stream would say, without the stream.
    static func head(_ request: GatewayRequest, _ services: GatewayServices) -> GatewayResponse {
        do throws(GatewayResponse.Refusal) {
            _ = try query(of: request)
        } catch {
            return error.response
        }
        guard services.admission.enter() else { return .tooManyConnections(services.admission.connectionsMax ?? 0) }
        services.admission.leave()
        return GatewayResponse(status: 200, headers: [("Content-Type", contentType(form(of: request)))])
    }

    private static func form(of request: GatewayRequest) -> EventStreamText.Form {
        request.headerList("accept", contains: EventStreamText.Form.lines.mediaType) ? .lines : .serverSentEvents
    }

    private static func contentType(_ form: EventStreamText.Form) -> String { "\(form.mediaType); charset=utf-8" }

    private static func query(of request: GatewayRequest) throws(GatewayResponse.Refusal) -> ConnectQuery {
        let query = try ConnectQuery(request, lastEventID: StreamPosition.text(broughtBy: request))
        guard let query, query.pattern != nil else {
            throw .init(
                .error(
                    400, "BadRequestException",
                    #"pattern is missing: the events to get, such as ?pattern={"source":["shop"]}, percent-encoded"#))
        }
        guard query.session == nil else {
            throw .init(
                .error(
                    400, "BadRequestException", "session is for WebSockets: a stream goes on where Last-Event-ID says"))
        }
        return query
    }

    private func perform(_ request: GatewayRequest, _ query: ConnectQuery, _ context: ChannelHandlerContext) {
        let services = handler.services
        guard services.admission.enter() else {
            handler.answer(.tooManyConnections(services.admission.connectionsMax ?? 0), context)
            return
        }
        do {
            try replaceHandlers(request, query, context)
        } catch {
            // The channel has closed meanwhile, so there was no connection.
            services.admission.leave()
            context.close(promise: nil)
        }
    }

    private func replaceHandlers(
        _ request: GatewayRequest, _ query: ConnectQuery, _ context: ChannelHandlerContext
    ) throws {
        let form = Self.form(of: request)
        let connection = GatewayConnection(
            .init(
                id: .generate(), stage: stage, sourceIP: request.sourceIP, userAgent: request.header("user-agent"),
                connectedAt: WallClock.system.now(), framing: Framing(form)),
            query: query, services: handler.services, connections: handler.connections)
        let stream = EventStreamHandler(
            form, settings: handler.services.configuration.webSocket, conversation: connection,
            sweep: handler.connections.sweep, now: context.eventLoop.now)
        try HTTPPipeline.handOver(context, from: handler, answering: head(of: request, form), to: stream)
        handler.services.metrics.answered(.follow, status: 200)
    }

    private func head(of request: GatewayRequest, _ form: EventStreamText.Form) -> ByteBuffer {
        var text = "HTTP/1.1 200 OK\r\nContent-Type: \(Self.contentType(form))\r\nCache-Control: no-store\r\n"
        // For nginx, which would collect what is meant to arrive at once.
        text += "X-Accel-Buffering: no\r\nConnection: close\r\nx-amzn-RequestId: \(request.requestID)\r\n"
        // An origin that may not come was refused before; header values hold no line breaks.
        if let origin = request.header("origin") {
            text += "Access-Control-Allow-Origin: \(origin)\r\nVary: Origin\r\n"
        }
        return ByteBuffer(string: text + "\r\n" + EventStreamText.start(form))
    }
}
