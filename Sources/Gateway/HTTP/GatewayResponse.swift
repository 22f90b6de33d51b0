import JSONText

/// An HTTP response as the doors make it: plain values, no network types.
///
/// `Content-Length`, `Connection` and `x-amzn-RequestId` are added on the way out.
package struct GatewayResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A response that says why a request is not done.
    struct Refusal: Error, Sendable {
        let response: GatewayResponse

        init(_ response: GatewayResponse) { self.response = response }
    }

    /// A response with a JSON body.
    package static func json(_ status: Int, _ body: [UInt8]) -> GatewayResponse {
        GatewayResponse(status: status, headers: [("Content-Type", "application/json")], body: body)
    }

    /// An error in the form of API Gateway: `x-amzn-ErrorType` names the exception, the body is
    /// `{"message":"…"}`.
    package static func error(_ status: Int, _ type: String, _ message: String) -> GatewayResponse {
        var body = Array(#"{"message":"#.utf8)
        JSONWriter.appendString(message.utf8, to: &body)
        body.append(UInt8(ascii: "}"))
        return GatewayResponse(
            status: status, headers: [("Content-Type", "application/json"), ("x-amzn-ErrorType", type)], body: body)
    }

    /// The answer to a handshake beyond the limit of connections.
    static func tooManyConnections(_ connectionsMax: Int) -> GatewayResponse {
        var response = error(
            503, "ServiceUnavailableException",
            "All \(connectionsMax) connections that this broker may have are in use; try again later")
        response.headers.append(("Retry-After", "5"))
        return response
    }

    /// API Gateway's answer to a stage or path that it does not know.
    package static let forbidden = error(403, "ForbiddenException", "Forbidden")
}
