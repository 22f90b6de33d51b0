import Access

/// `GET /lambdaless.js`: the client for browsers and Node, as an ES module. The file `Browser/lambdaless.js` is part of
/// the program.
enum ScriptDoor {
    static let name = "lambdaless.js"

    private static let body = PackageResources.lambdaless_js
    private static let tag = "\"\(SHA256.hexadecimalHash(body).prefix(32))\""

    /// A page from elsewhere may load the module, as far as the rules for its `Origin` let it. Browsers keep the module,
    /// and ask each time whether it is still the one of this broker.
    static func answer(_ request: GatewayRequest) -> GatewayResponse {
        var response = GatewayResponse(
            status: 200,
            headers: [("ETag", tag), ("Cache-Control", "no-cache"), ("Access-Control-Allow-Origin", "*")])
        // What a proxy has compressed has a weak tag (RFC 9110 §13.1.2).
        if [tag, "W/\(tag)", "*"].contains(where: { request.headerList("if-none-match", contains: $0) }) {
            response.status = 304
            return response
        }
        response.headers.append(("Content-Type", "text/javascript; charset=utf-8"))
        response.body = body
        return response
    }
}
