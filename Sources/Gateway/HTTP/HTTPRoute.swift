/// Which door a request is for: a pure function of method, path and one header.
package enum HTTPRoute: Hashable, Sendable {
    /// `GET /health`
    case health
    /// `GET /metrics`
    case metrics
    /// `GET /lambdaless.js`
    case script
    /// `POST /` (or below any base path) with `X-Amz-Target`: an AWS JSON operation
    case operation
    /// `GET /{stage}`: WebSocket
    case connect(stage: String)
    /// `GET /{stage}/@connections`
    case connections(stage: String?)
    /// `POST|GET|DELETE /{stage}/@connections/{id}`
    case connection(stage: String?, id: String)
    /// `GET /{stage}/@sessions`
    case sessions(stage: String)
    /// `DELETE /{stage}/@sessions/{name}`
    case session(stage: String, name: String)
    /// `POST /{stage}/events`
    case publish(stage: String)
    /// `GET /{stage}/events`
    case follow(stage: String)
    /// `POST|GET /{stage}/matches`
    case matches(stage: String)
    /// `GET /{stage}/stats`
    case stats(stage: String)
    /// `GET /{stage}/log`
    case log(stage: String)

    /// A route without what it is called with. By number, so that what is kept for each route is found by place.
    package enum Name: Int, CaseIterable, Sendable {
        case health, metrics, script, operation, connect, connections, connection, sessions, session
        case publish, follow, matches, stats, log, none

        /// What the route is called in metrics.
        var label: String { "\(self)" }
    }

    /// Why there is no route.
    package enum Miss: Error, Hashable, Sendable {
        /// The path begins with no stage that is served: API Gateway's 403.
        case unknownStage
        case unknownPath
        case methodNotAllowed(allowed: [String])
    }

    package var name: Name {
        switch self {
        case .health: .health
        case .metrics: .metrics
        case .script: .script
        case .operation: .operation
        case .connect: .connect
        case .connections: .connections
        case .connection: .connection
        case .sessions: .sessions
        case .session: .session
        case .publish: .publish
        case .follow: .follow
        case .matches: .matches
        case .stats: .stats
        case .log: .log
        }
    }

    /// Whether the door can do its work on an event loop, if it is little.
    var mayBeAnsweredPromptly: Bool {
        switch self {
        case .operation, .publish: true
        default: false
        }
    }

    /// - Parameters:
    ///   - path: as received, percent-encoded. Each segment is decoded by itself, so `%40connections` and `%3D` are
    ///     understood, and an encoded `/` does not separate. Clients that have an endpoint without a stage leave it out
    ///     before `@connections`.
    ///   - stages: the stages that are served.
    ///   - isOperation: whether the request has an `X-Amz-Target`, with which the path does not matter: SDKs prepend the
    ///     base path of their endpoint.
    package init(method: String, path: String, stages: Set<String>, isOperation: Bool) throws(Miss) {
        if isOperation && method == "POST" {
            self = .operation
            return
        }
        let (route, allowed) = try Self.find(path, stages)
        guard allowed.contains(method) || (method == "HEAD" && allowed.contains("GET")) else {
            throw .methodNotAllowed(allowed: allowed)
        }
        if case .publish(let stage) = route, method != "POST" {
            self = .follow(stage: stage)
        } else {
            self = route
        }
    }

    private static func find(_ path: String, _ stages: Set<String>) throws(Miss) -> (HTTPRoute, allowed: [String]) {
        guard path.hasPrefix("/") else { throw .unknownPath }
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            .map { PercentCoding.decode($0) ?? String($0) }
        switch (segments[0], segments.count) {
        case ("", 1): return (.operation, ["POST"])
        case ("health", 1): return (.health, ["GET"])
        case ("metrics", 1): return (.metrics, ["GET"])
        case (ScriptDoor.name, 1): return (.script, ["GET"])
        case ("@connections", _): return try connections(nil, segments[1...])
        default: break
        }
        let stage = segments[0]
        guard stages.contains(stage) else { throw .unknownStage }
        let rest = segments[1...]
        switch (rest.first, rest.count) {
        case (nil, _), ("", 1): return (.connect(stage: stage), ["GET"])
        case ("@connections", _): return try connections(stage, rest.dropFirst())
        case ("@sessions", 1): return (.sessions(stage: stage), ["GET"])
        case ("@sessions", 2):
            let name = rest[rest.startIndex + 1]
            return name.isEmpty ? (.sessions(stage: stage), ["GET"]) : (.session(stage: stage, name: name), ["DELETE"])
        case ("events", 1): return (.publish(stage: stage), ["POST", "GET"])
        case ("matches", 1): return (.matches(stage: stage), ["POST", "GET"])
        case ("stats", 1): return (.stats(stage: stage), ["GET"])
        case ("log", 1): return (.log(stage: stage), ["GET"])
        default: throw .unknownPath
        }
    }

    private static func connections(
        _ stage: String?, _ rest: ArraySlice<String>
    ) throws(Miss) -> (HTTPRoute, allowed: [String]) {
        switch (rest.first, rest.count) {
        case (nil, _), ("", 1): return (.connections(stage: stage), ["GET"])
        case (let id?, 1): return (.connection(stage: stage, id: id), ["POST", "GET", "DELETE"])
        default: throw .unknownPath
        }
    }
}
