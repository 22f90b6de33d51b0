extension SignableRequest {
    /// Whose key the request says that it is signed with; nil when it is not signed.
    package var claimedAccessKeyID: String? { try? SignatureClaim(in: self).credential.accessKeyID }
}

/// What a request says of its own signature, wherever it says it. Nothing in here is verified.
struct SignatureClaim: Hashable, Sendable {
    /// `Credential=KEY/20261120/us-east-1/events/aws4_request`, taken apart.
    struct Credential: Hashable, Sendable {
        let accessKeyID: String
        let day: String
        let region: String
        let service: String
        let terminator: String

        /// The credential without its key: the third line of the string to sign.
        var scope: String { "\(day)/\(region)/\(service)/\(terminator)" }

        init(_ text: String) throws(AccessError) {
            let parts = text[...].split(at: UInt8(ascii: "/"), keepingEmpty: true).map(String.init)
            guard parts.count == 5, !parts.contains("") else {
                throw .incomplete(
                    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
                        + "got '\(text)'")
            }
            (accessKeyID, day, region, service, terminator) = (parts[0], parts[1], parts[2], parts[3], parts[4])
        }
    }

    static let algorithm = "AWS4-HMAC-SHA256"
    static let signatureParameter = "X-Amz-Signature"
    static let terminator = "aws4_request"

    /// A request may sign this many header fields; more is no client's doing, and costs time before it is refused.
    private static let signedHeadersMax = 100

    let credential: Credential
    /// Lower-case names, in the order given.
    let signedHeaders: [String]
    /// Lower-case hexadecimal, if it is a signature at all.
    let signature: String
    let time: SigningTime
    /// For how many seconds a presigned request holds; nil for a signature in the header.
    let lifetime: Int64?
    let sessionToken: String?

    init(
        credential: String, signedHeaders: String, signature: String, time: String, lifetime: Int64? = nil,
        sessionToken: String?
    ) throws(AccessError) {
        self.credential = try Credential(credential)
        self.signedHeaders = signedHeaders[...].split(at: UInt8(ascii: ";")).map { $0.lowercased() }
        guard self.signedHeaders.contains("host") else {
            throw .incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.")
        }
        guard self.signedHeaders.count <= Self.signedHeadersMax else {
            throw .incomplete(
                "'SignedHeaders' names \(self.signedHeaders.count) headers; at most \(Self.signedHeadersMax) can be.")
        }
        guard let time = SigningTime(basic: time) ?? SigningTime(httpDate: time) else {
            throw .incomplete(
                "Date must be in ISO-8601 'basic format'. Got '\(time)'. See http://en.wikipedia.org/wiki/ISO_8601")
        }
        self.signature = signature
        self.time = time
        self.lifetime = lifetime
        self.sessionToken = sessionToken
    }

    /// The claim in `request`: its `Authorization` header or, failing that, its query parameters.
    init(in request: SignableRequest) throws(AccessError) {
        if let authorization = request.header("authorization") {
            try self.init(authorization: authorization, of: request)
        } else {
            try self.init(query: request.query)
        }
    }
}
