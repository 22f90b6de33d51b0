extension SignatureClaim {
    /// `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`; a comma separates, spaces around it are free.
    init(authorization: String, of request: SignableRequest) throws(AccessError) {
        let value = authorization[...].trimmed
        let algorithm = value.words.first ?? ""
        if algorithm.hasPrefix("AWS"), algorithm != Self.algorithm {
            throw .incomplete("Unsupported AWS 'algorithm': '\(algorithm)'; '\(Self.algorithm)' is supported.")
        }
        var parameters: [String: String] = [:]
        for pair in value[algorithm.endIndex...].split(at: UInt8(ascii: ",")) {
            let (name, content) = pair.cut(at: UInt8(ascii: "="))
            guard let content else {
                throw .incomplete(
                    "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and "
                        + "encoded with Base64): '\(SHA256.base64(SHA256.hash(Array(value.utf8))))'.")
            }
            parameters[String(name.trimmed)] = String(content.trimmed)
        }

        let time = request.header("x-amz-date") ?? request.header("date")
        var lacking = ["Credential", "Signature", "SignedHeaders"]
            .filter { parameters[$0, default: ""].isEmpty }
            .map { "Authorization header requires '\($0)' parameter. " }
        if time == nil {
            lacking.append(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
        }
        guard
            lacking.isEmpty, algorithm == Self.algorithm, let time, let credential = parameters["Credential"],
            let signedHeaders = parameters["SignedHeaders"], let signature = parameters["Signature"]
        else {
            throw .incomplete(lacking.joined() + "Authorization=\(value)")
        }
        try self.init(
            credential: credential, signedHeaders: signedHeaders, signature: signature, time: String(time[...].trimmed),
            sessionToken: request.header("x-amz-security-token").map { String($0[...].trimmed) })
    }

    /// The presigned form: the claim travels in query parameters called `X-Amz-…`.
    init(query: Substring) throws(AccessError) {
        var parameters: [String: String] = [:]
        for parameter in QueryParameter.all(in: query) where parameter.name.starts(with: "X-Amz-".utf8) {
            let (name, value) = parameter.text
            parameters[name] = value
        }
        let required = ["X-Amz-Algorithm", "X-Amz-Credential", Self.signatureParameter, "X-Amz-SignedHeaders"]
        guard required.contains(where: { parameters[$0] != nil }) else { throw .missing }
        let lacking = (required + ["X-Amz-Date"]).filter { parameters[$0, default: ""].isEmpty }
        guard
            lacking.isEmpty, let algorithm = parameters["X-Amz-Algorithm"],
            let credential = parameters["X-Amz-Credential"], let signature = parameters[Self.signatureParameter],
            let signedHeaders = parameters["X-Amz-SignedHeaders"], let time = parameters["X-Amz-Date"]
        else {
            throw .incomplete(
                lacking.map { "AWS query-string parameters must include '\($0)'. " }.joined()
                    + "Re-examine the query-string parameters.")
        }
        guard algorithm == Self.algorithm else {
            throw .incomplete("Unsupported AWS 'algorithm': '\(algorithm)'; '\(Self.algorithm)' is supported.")
        }
        try self.init(
            credential: credential, signedHeaders: signedHeaders, signature: signature, time: time,
            lifetime: try Self.lifetime(parameters["X-Amz-Expires"]),
            sessionToken: parameters["X-Amz-Security-Token"])
    }

    /// AWS signs for at most seven days; without `X-Amz-Expires` a presigned request holds as long as a signed one.
    private static func lifetime(_ text: String?) throws(AccessError) -> Int64 {
        guard let text else { return SignatureVerifier.clockSkewSecondsMax }
        guard let seconds = Int64(text), (1...604_800).contains(seconds) else {
            throw .incomplete("X-Amz-Expires must be a whole number of seconds from 1 to 604800, got '\(text)'")
        }
        return seconds
    }
}
