import Access
import Broker

/// Chooses the door for a request, lets only those in who may, and asks the door.
final class Dispatcher: Sendable {
    private let services: GatewayServices
    private let origins: OriginRule
    private let stages: Set<String>
    /// What most publishers post to, as most spell it. There are few stages, so it is looked through.
    private let publishTargets: [(target: String, route: HTTPRoute)]
    /// Made once, as the text of a refusal belongs to it.
    private let operationPlan: RequestPlan

    init(_ services: GatewayServices) {
        self.services = services
        origins = OriginRule(services.configuration)
        stages = services.configuration.stages.union(services.configuration.echoStage.map { [$0] } ?? [])
        operationPlan = Self.hold(.operation, services.configuration.http.operationBytesMax)
        publishTargets = stages.map { ("/\($0)/events", .publish(stage: $0)) }
    }

    private var configuration: GatewayConfiguration { services.configuration }

    // MARK: Before the body

    /// What to do with `request`, whose body is still to come.
    func plan(_ request: GatewayRequest) -> RequestPlan {
        let connects = request.fields.has("upgrade")
        guard origins.permits(request.header("origin"), isSigned: !connects) else {
            return .answer(
                .error(403, "ForbiddenException", "Origin \(request.header("origin") ?? "") is not allowed"), .none)
        }
        guard origins.permits(host: request.header("host")) else {
            return .answer(
                .error(
                    403, "ForbiddenException",
                    "Host \(request.header("host") ?? "") is not allowed: without credentials this broker is called by "
                        + "address or as localhost, or by the name in an --allowed-origin"), .none)
        }
        do throws(HTTPRoute.Miss) {
            if let preflight = CrossOrigin.preflight(request) {
                let method = request.header("access-control-request-method") ?? ""
                let route = try HTTPRoute(method: method, path: request.path, stages: stages, isOperation: false)
                // Without its headers a browser takes the answer for a no.
                return .answer(CrossOrigin.isFor(route.name) ? preflight : GatewayResponse(status: 204), route.name)
            }
            let route = try route(of: request)
            if let refusal = refusalOfHead(request, route) {
                return .answer(refusal, route.name)
            }
            return plan(route, request)
        } catch {
            return .answer(response(to: error), .none)
        }
    }

    private func route(of request: GatewayRequest) throws(HTTPRoute.Miss) -> HTTPRoute {
        let isOperation = request.fields.has("x-amz-target")
        if !isOperation, request.method == "POST",
            let index = publishTargets.firstIndex(where: { $0.target == request.target })
        {
            return publishTargets[index].route
        }
        return try HTTPRoute(method: request.method, path: request.path, stages: stages, isOperation: isOperation)
    }

    private func response(to miss: HTTPRoute.Miss) -> GatewayResponse {
        switch miss {
        case .unknownStage:
            return .forbidden
        case .unknownPath:
            return .error(404, "NotFoundException", "Not Found")
        case .methodNotAllowed(let allowed):
            var response = GatewayResponse.error(405, "MethodNotAllowedException", "Method Not Allowed")
            response.headers.append(("Allow", allowed.joined(separator: ", ")))
            return response
        }
    }

    private func plan(_ route: HTTPRoute, _ request: GatewayRequest) -> RequestPlan {
        switch route {
        case .connect(let stage):
            return WebSocketHandshake.refusal(of: request).map { .answer($0, .connect) }
                ?? .upgrade(.webSocket(stage: stage))
        case .follow(let stage):
            return followPlan(request, stage)
        case .health, .metrics, .script, .connections, .sessions, .session, .stats, .log:
            return Self.hold(route, 64 * 1024)
        case .operation:
            return operationPlan
        case .connection(_, let id):
            // Twice the limit, so that a message that is a little too long still gets the answer that its
            // connection and its signature deserve.
            return .hold(
                route, bytesMax: 2 * configuration.webSocket.messageBytesMax,
                tooLong: ConnectionsDoor.tooLong(id, request))
        case .matches:
            return Self.hold(route, configuration.http.matchBytesMax)
        case .publish:
            if configuration.verifier == nil { return .stream(route) }
            guard request.header("x-amz-content-sha256") == PayloadHash.unsignedMarker else {
                return Self.hold(
                    route, configuration.http.publishBytesMax,
                    hint: "; to stream more, sign with x-amz-content-sha256: \(PayloadHash.unsignedMarker)")
            }
            return refusal(of: request, .unsigned, route).map { .answer($0, .publish) } ?? .stream(route)
        }
    }

    /// A stream of events, or an answer that waits for some.
    private func followPlan(_ request: GatewayRequest, _ stage: String) -> RequestPlan {
        // As for a WebSocket: without a signature no page of another origin may read along.
        guard origins.permits(request.header("origin"), isSigned: false) else {
            return .answer(
                .error(403, "ForbiddenException", "Origin \(request.header("origin") ?? "") is not allowed"), .follow)
        }
        guard origins.permits(host: request.header("host"), isSigned: false) else {
            return .answer(
                .error(403, "ForbiddenException", "Host \(request.header("host") ?? "") is not allowed"), .follow)
        }
        if request.queryValue("wait") != nil { return Self.hold(.follow(stage: stage), 64 * 1024) }
        guard !request.hasBody else {
            return .answer(.error(400, "BadRequestException", "A request for a stream has no body"), .follow)
        }
        // A pattern may take its time to compile, and the event loop has other connections.
        if request.method == "HEAD" { return Self.hold(.follow(stage: stage), 0) }
        return .upgrade(.eventStream(stage: stage))
    }

    /// Whether the body is too large to be held for somebody who may not be let in.
    private static func isLarge(_ request: GatewayRequest) -> Bool {
        let length = request.header("content-length").flatMap { Int($0) } ?? 0
        return length > 64 * 1024 || request.fields.has("transfer-encoding")
    }

    /// What can be said of a signature before a large body is there: all of it where the client names the body's hash,
    /// else all but whether the signature fits.
    private func refusalOfHead(_ request: GatewayRequest, _ route: HTTPRoute) -> GatewayResponse? {
        guard let verifier = configuration.verifier, let service = Self.service(of: route), Self.isLarge(request) else {
            return nil
        }
        let claimed = request.header("x-amz-content-sha256")
        let signable = SignableRequest(method: request.method, target: request.target, headers: request.headers)
        do throws(AccessError) {
            _ = try verifier(
                signable, claimed == PayloadHash.unsignedMarker ? .unsigned : .hash(claimed ?? ""), service)
            return nil
        } catch {
            return claimed == nil && error.isMismatch ? nil : response(to: error, at: service, route)
        }
    }

    private static func hold(_ route: HTTPRoute, _ bytesMax: Int, hint: String = "") -> RequestPlan {
        .hold(
            route, bytesMax: bytesMax,
            tooLong: .error(413, "PayloadTooLargeException", "The body is longer than \(bytesMax) bytes\(hint)"))
    }

    // MARK: With the body

    /// The answer to a request whose body is in `request.body`.
    func answer(_ route: HTTPRoute, _ request: GatewayRequest) async -> HTTPReply {
        if let refusal = refusal(of: request, .bytes(request.body), route) { return .whole(refusal) }
        switch route {
        case .health:
            return .whole(.json(200, Array(#"{"status":"ok"}"#.utf8)))
        case .metrics:
            await services.bus.measureLog()
            guard let text = configuration.metricsText?() else {
                return .whole(.error(404, "NotFoundException", "Metrics are off"))
            }
            let type = "text/plain; version=0.0.4; charset=utf-8"
            return .whole(GatewayResponse(status: 200, headers: [("Content-Type", type)], body: Array(text.utf8)))
        case .script:
            return .whole(ScriptDoor.answer(request))
        case .connect:
            return .whole(.error(426, "UpgradeRequiredException", "Upgrade Required"))
        case .connections(let stage):
            return .whole(await ConnectionsDoor(services.callback).list(stage))
        case .connection(let stage, let id):
            return .whole(await ConnectionsDoor(services.callback).call(request, id, stage))
        case .follow:
            let isPoll = request.queryValue("wait") != nil
            return .whole(isPoll ? await PollDoor(services).poll(request) : EventStreamUpgrade.head(request, services))
        case .sessions(let stage):
            return .whole(await SessionsDoor(services).list(stage))
        case .session(let stage, let name):
            return .whole(await SessionsDoor(services).delete(name, stage))
        case .matches:
            let door = MatchesDoor(services.bus, services.callback)
            return request.method == "POST" ? .whole(await door.matches(request)) : await door.follow()
        case .stats:
            return .whole(await StatsDoor(services.bus).stats())
        case .log:
            return .whole(await LogDoor(services.bus).log())
        case .operation:
            return .whole(await services.operations.answer(request))
        case .publish:
            return .whole(await services.publishing.answer(request, body: RequestBody(held: request.body)))
        }
    }

    /// The answer to a request whose body arrives while it is answered; only ``HTTPRoute/publish(stage:)`` has one.
    func answer(_ request: GatewayRequest, streaming body: RequestBody) async -> HTTPReply {
        .whole(await services.publishing.answer(request, body: body))
    }

    /// The answer to a request whose body is in `request.body`, from the event loop: for requests that are little work.
    /// To be followed by ``announce()``.
    ///
    /// - Parameter later: gets the answer that is not there at once, on whatever thread has it.
    func answer(
        _ route: HTTPRoute, _ request: GatewayRequest, later: @escaping @Sendable (GatewayResponse) -> Void
    ) -> PromptAnswer<GatewayResponse> {
        guard route.mayBeAnsweredPromptly, request.body.count <= Self.promptBytesMax else { return .needsTask }
        if let refusal = refusal(of: request, .bytes(request.body), route) { return .now(refusal) }
        if route == .operation { return services.operations.answer(request, later: later) }
        return services.publishing.answer(request, body: request.body, later: later)
    }

    /// The same for a request that would have been streamed, had its body not come at once.
    func answer(
        _ request: GatewayRequest, streamed body: [UInt8], later: @escaping @Sendable (GatewayResponse) -> Void
    ) -> PromptAnswer<GatewayResponse> {
        services.publishing.answer(request, body: body, later: later)
    }

    /// The same for a request whose body is here and whose plan has not been followed yet.
    func answer(
        _ request: GatewayRequest, _ plan: RequestPlan, later: @escaping @Sendable (GatewayResponse) -> Void
    ) -> PromptAnswer<GatewayResponse> {
        switch plan {
        case .hold(let route, let bytesMax, _):
            return request.body.count <= bytesMax ? answer(route, request, later: later) : .needsTask
        case .stream: return answer(request, streamed: request.body, later: later)
        case .answer, .upgrade: return .needsTask
        }
    }

    /// Has what was published without a task delivered.
    func announce() { services.publishing.announce() }

    /// The largest body that is read on an event loop: about 100 µs of work, during which its connections wait.
    static let promptBytesMax = 64 * 1024

    /// The answer to a signature that is missing or wrong; `nil` lets the request in.
    private func refusal(
        of request: GatewayRequest, _ payload: PayloadHash, _ route: HTTPRoute
    ) -> GatewayResponse? {
        guard let verifier = configuration.verifier, let service = Self.service(of: route) else { return nil }
        let signable = SignableRequest(method: request.method, target: request.target, headers: request.headers)
        do throws(AccessError) {
            _ = try verifier(signable, payload, service)
            return nil
        } catch {
            return response(to: error, at: service, route)
        }
    }

    private func response(to error: AccessError, at service: SigningService, _ route: HTTPRoute) -> GatewayResponse {
        var response = GatewayResponse.error(error.status(at: service), error.type.rawValue, error.message)
        if route == .operation {
            // AWS JSON names the exception in the body, too.
            response.body = Array(#"{"__type":"\#(error.type.rawValue)","#.utf8) + response.body.dropFirst()
            response.headers[0].value = "application/x-amz-json-1.1"
        }
        return response
    }

    /// The service that a door's requests are signed for; `nil` for doors that ask for no signature.
    private static func service(of route: HTTPRoute) -> SigningService? {
        switch route {
        case .health, .metrics, .script, .connect, .follow: nil
        case .operation, .publish: .events
        case .connections, .connection, .sessions, .session, .matches, .stats, .log: .executeAPI
        }
    }
}
