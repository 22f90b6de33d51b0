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
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = String(target[mark...].dropFirst())
        } else {
            path = target
            query = ""
        }
        self.headers = headers
        self.body = body
        self.sourceIP = sourceIP
        self.requestID = requestID
    }

    /// The value of the first header called `name`, in any case.
    package func header(_ name: String) -> String? {
        headers.first { Self.isSame($0.name, name) }?.value
    }

    /// Whether the lists in the headers called `name` have the item `token`, both in any case.
    func headerList(_ name: String, contains token: String) -> Bool {
        headers.contains { header in
            Self.isSame(header.name, name)
                && header.value.utf8.split(separator: UInt8(ascii: ",")).contains { item in
                    let item = item.drop(while: Self.isBlank).prefix { !Self.isBlank($0) }
                    return item.elementsEqual(token.utf8, by: Self.equalIgnoringCase)
                }
        }
    }

    /// Whether two header names are the same.
    static func isSame(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.utf8, right.utf8)
        guard left.count == right.count else { return false }
        let (leftBytes, rightBytes) = (left.span, right.span)
        for index in 0..<leftBytes.count where !equalIgnoringCase(leftBytes[index], rightBytes[index]) { return false }
        return true
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

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
