package import Access
internal import NIOHTTP1

/// A request to a broker.
package struct HTTPRequest: Sendable {
    /// Upper case: `POST`.
    package var method: String
    /// The request-target as it is sent: path and query, percent-encoded.
    package var target: String
    /// Fields besides `Host`, the framing of the body and the signature.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// The service that it is signed for, where there are credentials.
    package var service: SigningService

    package init(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        service: SigningService
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.service = service
    }
}

/// An answer, whole.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of the first field called `name`, in any case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    package var isSuccess: Bool { (200..<300).contains(status) }
}

extension HTTPRequest {
    /// The head to send to `endpoint` at `now` (seconds since 1970), signed where there is a signer.
    /// - Parameter isStreamed: the body follows in chunks; the one given here is not sent, and nothing signs it.
    func head(for endpoint: Endpoint, signer: RequestSigner?, isStreamed: Bool, now: Int64) -> HTTPRequestHead {
        var fields = headers
        fields.append(("Host", endpoint.authority))
        if let signer {
            let request = SignableRequest(method: method, target: target, headers: fields)
            fields += signer.sign(
                request, payload: isStreamed ? .unsigned : .bytes(body), service: service, now: now)
        }
        if isStreamed {
            fields.append(("Transfer-Encoding", "chunked"))
        } else if !body.isEmpty || method == "POST" || method == "PUT" {
            fields.append(("Content-Length", String(body.count)))
        }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: target,
            headers: HTTPHeaders(fields.map { ($0.name, $0.value) }))
    }
}
