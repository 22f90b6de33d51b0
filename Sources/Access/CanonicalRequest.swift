/// The canonical request of Signature Version 4 (AWS, "Create a signed AWS API request", step 1), with the path rule
/// that all recorded clients follow: each byte of the path *as sent* is percent-encoded once more, `/` excepted. So a
/// path must not be decoded or normalised before it comes here.
struct CanonicalRequest {
    let text: String

    /// - Parameter signedHeaders: lower-case names, in the order of the signature's own list.
    init(_ request: SignableRequest, signedHeaders: [String], payloadHash: String) {
        var text = request.method + "\n"
        text += Self.path(request.path) + "\n"
        text += Self.query(request.query) + "\n"
        for name in signedHeaders {
            text += name + ":" + Self.headerValue(name, in: request) + "\n"
        }
        text += "\n" + signedHeaders.joined(separator: ";") + "\n" + payloadHash
        self.text = text
    }

    /// The second thing signed: the hash of the canonical request, bound to a time and a scope.
    func stringToSign(time: SigningTime, scope: String) -> String {
        "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(SHA256.hexadecimalHash(Array(text.utf8)))"
    }

    private static func path(_ path: Substring) -> String {
        if path.isEmpty { return "/" }
        var encoded: [UInt8] = []
        for byte in path.utf8 { PercentEncoding.append(byte, to: &encoded, keeping: UInt8(ascii: "/")) }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Parameters decoded, encoded in the one canonical form and sorted by name, then by value, as bytes. The
    /// signature of a presigned request cannot sign itself and is left out.
    private static func query(_ query: Substring) -> String {
        var parameters: [(name: String, value: String)] = []
        for parameter in QueryParameter.all(in: query) where parameter.text.name != SignatureClaim.signatureParameter {
            parameters.append((PercentEncoding.encode(parameter.name), PercentEncoding.encode(parameter.value)))
        }
        parameters.sort { $0.name == $1.name ? $0.value < $1.value : $0.name < $1.name }
        return parameters.map { $0.name + "=" + $0.value }.joined(separator: "&")
    }

    /// All values of a field in order, joined with commas; each trimmed, and runs of spaces made one.
    private static func headerValue(_ name: String, in request: SignableRequest) -> String {
        request.headers.lazy
            .filter { $0.name.isHeaderName(name) }
            .map { $0.value[...].words.joined(separator: " ") }
            .joined(separator: ",")
    }
}

/// One parameter of a query string, percent-decoded. Bytes, since nothing says that they are UTF-8.
struct QueryParameter {
    let name: [UInt8]
    let value: [UInt8]

    var text: (name: String, value: String) {
        (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    /// The parameters of `query`, in order. `+` stands for itself (RFC 3986), not for a space.
    static func all(in query: Substring) -> [QueryParameter] {
        query.split(at: UInt8(ascii: "&")).map { pair in
            let (name, value) = pair.cut(at: UInt8(ascii: "="))
            return QueryParameter(
                name: PercentEncoding.decode(name.utf8), value: PercentEncoding.decode((value ?? "").utf8))
        }
    }
}
