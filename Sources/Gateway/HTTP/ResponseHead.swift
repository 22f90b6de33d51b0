import JSONText
import NIOCore
import NIOHTTP1

/// The head of a response as it goes out: what its door says, and what every response says besides.
struct ResponseHead {
    let response: GatewayResponse
    let requestID: String
    /// Of a page of another origin that may read the response.
    let origin: String?
    /// `nil` for a body whose length is not known yet.
    let length: Int?
    /// What the client must be told of the connection, if anything.
    var connection: String?

    private var status: HTTPResponseStatus { HTTPResponseStatus(statusCode: response.status) }

    private func forEachHeader(_ body: (_ name: String, _ value: String) -> Void) {
        // What becomes of the connection is more than a door can know.
        for (name, value) in response.headers where connection == nil || !GatewayRequest.isSame(name, "connection") {
            body(name, value)
        }
        body("x-amzn-RequestId", requestID)
        if let origin, response.status != 204 {
            for (name, value) in CrossOrigin.headers(for: origin) { body(name, value) }
        }
        if let length, response.status != 204 { body("Content-Length", String(length)) }
        if let connection { body("Connection", connection) }
    }

    /// For NIO's encoder.
    var parts: HTTPResponseHead {
        var headers = HTTPHeaders()
        forEachHeader { headers.add(name: $0, value: $1) }
        return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }

    /// What NIO's encoder would make of the whole response, in one piece.
    func bytes() -> ByteBuffer {
        var out: [UInt8] = []
        out.reserveCapacity(Self.usualBytes + response.body.count)
        out.append("HTTP/1.1 ".utf8.span)
        out.append(String(status.code).utf8.span)
        out.append(" ".utf8.span)
        out.append(status.reasonPhrase.utf8.span)
        forEachHeader { name, value in
            out.append("\r\n".utf8.span)
            out.append(name.utf8.span)
            out.append(": ".utf8.span)
            out.append(value.utf8.span)
        }
        out.append("\r\n\r\n".utf8.span)
        out.append(response.body.span)
        return ByteBuffer(bytes: out)
    }

    /// More than the heads of answers to publishers have.
    private static let usualBytes = 256
}
