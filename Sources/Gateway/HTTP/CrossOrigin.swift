/// What browsers must be told so that a page of another origin may use a door (Fetch standard, "CORS protocol"). Whether
/// an origin may come at all is for ``OriginRule``, which has decided before.
enum CrossOrigin {
    /// The doors that pages use: publishing and following. Whatever else there is is for tools.
    static func isFor(_ route: HTTPRoute.Name) -> Bool { route == .publish || route == .follow }

    /// What goes with an answer to a request with this `Origin`.
    static func headers(for origin: String) -> [(name: String, value: String)] {
        [
            ("Access-Control-Allow-Origin", origin), ("Vary", "Origin"),
            ("Access-Control-Expose-Headers", "Lambdaless-After, Lambdaless-Gap, x-amzn-RequestId, x-amzn-ErrorType"),
        ]
    }

    /// The answer to a preflight; `nil` when the request is none.
    static func preflight(_ request: GatewayRequest) -> GatewayResponse? {
        guard request.method == "OPTIONS", let origin = request.header("origin"),
            request.header("access-control-request-method") != nil
        else { return nil }
        var response = GatewayResponse(status: 204, headers: headers(for: origin))
        response.headers.append(("Access-Control-Allow-Methods", "GET, POST"))
        if let wanted = request.header("access-control-request-headers") {
            response.headers.append(("Access-Control-Allow-Headers", wanted))
        }
        response.headers.append(("Access-Control-Max-Age", "600"))
        return response
    }
}
