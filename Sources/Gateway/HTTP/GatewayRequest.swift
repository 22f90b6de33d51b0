package import Broker

/// An HTTP request as the doors see it: plain values, no network types.
package struct GatewayRequest: Sendable {
    /// Upper case, as received: `POST`.
    package var method: String
    /// The request target exactly as received (RFC 9112 §3.2), which is what a SigV4 signature covers.
    package var target: String
    package var fields: RequestHeaders
    /// The whole body; empty where the body is handed over as a stream.
    package var body: [UInt8]
    /// The client's address without port.
    package var sourceIP: String
    package var id: RequestID

    package init(
        method: String, target: String, fields: RequestHeaders, body: [UInt8] = [], sourceIP: String = "",
        id: RequestID = .generate()
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        self.sourceIP = sourceIP
        self.id = id
    }

    package init(
        method: String, target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.init(method: method, target: target, fields: RequestHeaders(headers), body: body)
    }

    /// The target up to its first `?`, still percent-encoded.
    package var path: String { mark.map { String(target[..<$0]) } ?? target }

    /// The target after its first `?`, still percent-encoded; empty when there is none.
    package var query: String { mark.map { String(target[target.utf8.index(after: $0)...]) } ?? "" }

    private var mark: String.Index? { target.utf8.firstIndex(of: UInt8(ascii: "?")) }

    /// In the order received, names as spelled by the client: texts that are made for whoever asks.
    package var headers: [(name: String, value: String)] {
        get { fields.all }
        set { fields = RequestHeaders(newValue) }
    }

    /// What `x-amzn-RequestId` of the response will say.
    package var requestID: String { id.description }

    /// The value of the first header called `name`, in any case.
    @inline(__always)
    package func header(_ name: RequestHeaders.Name) -> String? { fields.first(name) }

    /// Whether the lists in the headers called `name` have the item `token`, both in any case.
    func headerList(_ name: RequestHeaders.Name, contains token: String) -> Bool {
        fields.values(name).contains { value in
            value.utf8.split(separator: UInt8(ascii: ",")).contains { item in
                let item = item.drop(while: Self.isBlank).prefix { !Self.isBlank($0) }
                return item.elementsEqual(token.utf8) { $0.isSame(ignoringCase: $1) }
            }
        }
    }

    /// Whether two header names are the same.
    static func isSame(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.utf8, right.utf8)
        return left.span.isSame(ignoringCase: right.span)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// Whether the head announces a body (RFC 9112 §6).
    var hasBody: Bool {
        fields.has("transfer-encoding") || header("content-length").map { $0 != "0" } ?? false
    }

    /// The decoded value of the first query parameter called `name` (decoded); empty for a parameter without `=`.
    package func queryValue(_ name: String) -> String? {
        PercentCoding.formParameters(query).first { $0.name == name }?.value
    }
}
