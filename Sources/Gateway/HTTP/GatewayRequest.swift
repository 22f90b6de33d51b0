/// An HTTP request as the doors see it: plain values, no network types.
package struct GatewayRequest: Sendable {
    /// Upper case, as received: `POST`.
    package var method: String
    /// The request target exactly as received (RFC 9112 §3.2), which is what a SigV4 signature covers.
    package var target: String
    /// The target up to its first `?`, still percent-encoded.
    package var path: String
    /// The target after its first `?`, still percent-encoded; empty when there is none.
    package var query: String
    /// In the order received, names as spelled by the client.
    package var headers: [(name: String, value: String)]
    /// The whole body; empty where the body is handed over as a stream.
    package var body: [UInt8]
    /// The client's address without port.
    package var sourceIP: String
    /// What `x-amzn-RequestId` of the response will say.
    package var requestID: String

    package init(
        method: String, target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        sourceIP: String = "", requestID: String = ""
    ) {
        self.method = method
        self.target = target
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = parts.count > 1 ? String(parts[1]) : ""
        self.headers = headers
        self.body = body
        self.sourceIP = sourceIP
        self.requestID = requestID
    }

    /// The value of the first header called `name`, in any case.
    package func header(_ name: String) -> String? {
        let length = name.utf8.count
        return headers.first {
            $0.name.utf8.count == length && $0.name.utf8.elementsEqual(name.utf8, by: Self.equalIgnoringCase)
        }?.value
    }

    /// Whether the head announces a body (RFC 9112 §6).
    var hasBody: Bool {
        header("transfer-encoding") != nil || header("content-length").map { $0 != "0" } ?? false
    }

    /// The decoded value of the first query parameter called `name` (decoded); empty for a parameter without `=`.
    package func queryValue(_ name: String) -> String? {
        PercentCoding.formParameters(query).first { $0.name == name }?.value
    }

    private static func equalIgnoringCase(_ left: UInt8, _ right: UInt8) -> Bool {
        lowercased(left) == lowercased(right)
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}
