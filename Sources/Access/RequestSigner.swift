/// Signs requests with AWS Signature Version 4, for any server that verifies it.
package struct RequestSigner: Sendable {
    private let credential: Credential
    private let region: String

    package init(credential: Credential, region: String) {
        self.credential = credential
        self.region = region
    }

    /// The header fields to add to `request`, which must have its final method, target, `Host`, `Content-Type` and
    /// `x-amz-…` fields already; those are what is signed.
    /// - Parameter now: seconds since 1970-01-01T00:00:00Z.
    package func sign(
        _ request: SignableRequest, payload: PayloadHash, service: SigningService, now: Int64
    ) -> [(name: String, value: String)] {
        let time = SigningTime(seconds: now)
        var added: [(name: String, value: String)] = [("X-Amz-Date", time.description)]
        if let token = credential.sessionToken { added.append(("X-Amz-Security-Token", token)) }
        if case .unsigned = payload { added.append(("x-amz-content-sha256", PayloadHash.unsignedMarker)) }

        var signed = request
        signed.headers += added
        let names = Set(signed.headers.map { $0.name.lowercased() })
            .filter { $0 == "host" || $0 == "content-type" || $0.hasPrefix("x-amz-") }
            .sorted()
        let scope = scope(of: service, time)
        let signature = signature(signed, names, payload, service, time)
        let authorization =
            "\(SignatureClaim.algorithm) Credential=\(credential.accessKeyID)/\(scope), "
            + "SignedHeaders=\(names.joined(separator: ";")), Signature=\(signature)"
        return added + [("Authorization", authorization)]
    }

    /// The target of a presigned request: anybody who has it may send the request until it expires, with no header but
    /// `Host`, and with no body.
    /// - Parameters:
    ///   - lifetime: seconds, 1 to 604,800 (seven days).
    ///   - now: seconds since 1970-01-01T00:00:00Z.
    package func presign(
        _ request: SignableRequest, lifetime: Int64, service: SigningService, now: Int64
    ) -> String {
        let time = SigningTime(seconds: now)
        var parameters = [
            ("X-Amz-Algorithm", SignatureClaim.algorithm),
            ("X-Amz-Credential", "\(credential.accessKeyID)/\(scope(of: service, time))"),
            ("X-Amz-Date", time.description),
            ("X-Amz-Expires", String(lifetime)),
            ("X-Amz-SignedHeaders", "host"),
        ]
        if let token = credential.sessionToken { parameters.append(("X-Amz-Security-Token", token)) }
        var signed = request
        for (name, value) in parameters {
            signed.target += (signed.target.contains("?") ? "&" : "?") + name + "=" + PercentEncoding.encode(value.utf8)
        }
        let signature = signature(signed, ["host"], .bytes([]), service, time)
        return signed.target + "&\(SignatureClaim.signatureParameter)=\(signature)"
    }

    private func scope(of service: SigningService, _ time: SigningTime) -> String {
        "\(time.day)/\(region)/\(service.name)/\(SignatureClaim.terminator)"
    }

    private func signature(
        _ request: SignableRequest, _ names: [String], _ payload: PayloadHash, _ service: SigningService,
        _ time: SigningTime
    ) -> String {
        let canonical = CanonicalRequest(
            request, signedHeaders: names, payloadHash: request.header("x-amz-content-sha256") ?? payload.hexadecimal)
        return SigningKey(secret: credential.secretAccessKey, day: time.day, region: region, service: service.name)
            .sign(canonical.stringToSign(time: time, scope: scope(of: service, time)))
    }
}
