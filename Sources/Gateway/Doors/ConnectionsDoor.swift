import Broker
import JSONText

/// The callback API over HTTP: `@connections`, with API Gateway's statuses and bodies.
struct ConnectionsDoor: Sendable {
    private let callback: LocalCallbackAPI

    init(_ callback: LocalCallbackAPI) {
        self.callback = callback
    }

    /// `POST` sends the body as one text frame (200), `GET` tells the status (200), `DELETE` disconnects (204).
    ///
    /// - Parameter stage: `nil` when the URL names none: any stage.
    func call(_ request: GatewayRequest, _ id: String, _ stage: String?) async -> GatewayResponse {
        guard let connection = ConnectionID(id) else {
            return .error(400, "BadRequestException", "Invalid connectionId: \(id)")
        }
        do throws(CallbackError) {
            switch request.method {
            case "POST":
                try await callback.post(request.body, to: connection, stage: stage)
                return GatewayResponse(status: 200)
            case "DELETE":
                try await callback.disconnect(connection, stage: stage)
                return GatewayResponse(status: 204)
            default:
                let status = try await callback.status(of: connection, stage: stage)
                let detail = request.queryValue("detail") == "true"
                return .json(200, detail ? status.jsonText : status.shortJSONText)
            }
        } catch {
            return Self.response(to: error, id, request)
        }
    }

    /// `GET /{stage}/@connections`: `{"connections":[…]}`, oldest first.
    func list(_ stage: String?) async -> GatewayResponse {
        let connections = await callback.connections().filter { stage == nil || $0.stage == stage }
            .sorted { ($0.connectedAt, $0.id.description) < ($1.connectedAt, $1.id.description) }
        var body = Array(#"{"connections":["#.utf8)
        for (index, connection) in connections.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += connection.jsonText
        }
        body += Array("]}".utf8)
        return .json(200, body)
    }

    /// API Gateway's answer to a message over the limit.
    static func tooLong(_ id: String, _ request: GatewayRequest) -> GatewayResponse {
        var body = Array(#"{"message":"Message too long", "connectionId":"#.utf8)
        JSONWriter.appendString(id.utf8, to: &body)
        body += Array(#","requestId":"\#(request.requestID)"}"#.utf8)
        return GatewayResponse(
            status: 413,
            headers: [("Content-Type", "application/json"), ("x-amzn-ErrorType", "PayloadTooLargeException")],
            body: body)
    }

    private static func response(
        to error: CallbackError, _ id: String, _ request: GatewayRequest
    ) -> GatewayResponse {
        switch error {
        case .gone:
            GatewayResponse(status: 410, headers: [("x-amzn-ErrorType", "GoneException")])
        case .payloadTooLarge:
            tooLong(id, request)
        case .bufferFull:
            .error(429, "LimitExceededException", "The client's send buffer is full")
        case .notText:
            .error(400, "BadRequestException", "The message must be UTF-8: it is sent as a text frame")
        }
    }
}
