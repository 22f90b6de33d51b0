/// Verifies AWS Signature Version 4, in the `Authorization` header or presigned in the query.
///
/// The order of the checks is AWS's: is there a signature, is it complete, is it the right time, is the key known, is
/// the scope right, does the signature match, does the body match. The secret is compared in constant time.
package struct SignatureVerifier: Sendable {
    /// How far a client's clock may be from ours, either way: AWS's five minutes.
    package static let clockSkewSecondsMax: Int64 = 300

    private let credentials: CredentialStore
    private let region: String?
    private let signingKeys = SigningKeyCache()

    /// - Parameter region: the only region to accept in a credential scope; nil accepts any.
    package init(credentials: CredentialStore, region: String? = nil) {
        self.credentials = credentials
        self.region = region
    }

    /// Checks that `request` was signed for `service` by somebody in the store.
    /// - Parameters:
    ///   - payload: what is known of the body; with ``PayloadHash/unsigned`` the client must have said so itself, and
    ///     without it a client may not.
    ///   - now: seconds since 1970-01-01T00:00:00Z.
    /// - Throws: ``AccessError``, to be answered as it is.
    package func verify(
        _ request: SignableRequest, payload: PayloadHash, service: SigningService, now: Int64
    ) throws(AccessError) -> Principal {
        let claim = try SignatureClaim(in: request)
        try checkTime(of: claim, now: now)
        guard let credential = credentials[claim.credential.accessKeyID] else { throw .unknownKey }
        try checkSessionToken(of: claim, credential)
        try checkScope(of: claim, service)
        try checkSigned("x-amz-target", in: request, claim)
        for header in request.headers where header.name.lowercased().hasPrefix("ce-") {
            // A CloudEvent's attributes in binary mode are what it says.
            try checkSigned(header.name.lowercased(), in: request, claim)
        }

        let claimedHash = request.header("x-amz-content-sha256")
        let canonical = CanonicalRequest(
            request, signedHeaders: claim.signedHeaders, payloadHash: claimedHash ?? payload.hexadecimal)
        try checkSignature(of: claim, credential, canonical, service)
        try checkBody(claimedHash, payload)
        return Principal(
            accessKeyID: credential.accessKeyID, profile: credential.profile, region: claim.credential.region)
    }

    private func checkTime(of claim: SignatureClaim, now: Int64) throws(AccessError) {
        let skew = Self.clockSkewSecondsMax
        let allowance = claim.lifetime ?? skew
        let span = claim.lifetime.map { "\($0) sec." } ?? "\(skew / 60) min."
        let (now, earliest) = (SigningTime(seconds: now), SigningTime(seconds: now - allowance))
        if claim.time.seconds < earliest.seconds {
            throw .invalid("Signature expired: \(claim.time) is now earlier than \(earliest) (\(now) - \(span))")
        }
        let latest = SigningTime(seconds: now.seconds + skew)
        if claim.time.seconds > latest.seconds {
            throw .invalid(
                "Signature not yet current: \(claim.time) is still later than \(latest) (\(now) + \(skew / 60) min.)")
        }
    }

    private func checkSessionToken(of claim: SignatureClaim, _ credential: Credential) throws(AccessError) {
        switch (claim.sessionToken, credential.sessionToken) {
        case (nil, nil): return
        case (let given?, let expected?)
        where SHA256.constantTimeEqual(SHA256.hash(Array(given.utf8)), SHA256.hash(Array(expected.utf8))):
            return
        default: throw .unknownKey
        }
    }

    private func checkScope(of claim: SignatureClaim, _ service: SigningService) throws(AccessError) {
        let given = claim.credential
        if given.terminator != SignatureClaim.terminator {
            throw .invalid(
                "Credential should be scoped with a valid terminator: '\(SignatureClaim.terminator)', "
                    + "not '\(given.terminator)'.")
        }
        if given.service != service.name {
            throw .invalid("Credential should be scoped to correct service: '\(service.name)'. ")
        }
        if let region, given.region != region {
            throw .invalid("Credential should be scoped to a valid region. ")
        }
        if given.day != claim.time.day {
            throw .invalid(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                    + "'\(given.day)' != '\(claim.time.day)', from '\(claim.time)'.")
        }
    }

    /// A header that decides what the request means must be among those signed, or anybody on the way could change it.
    private func checkSigned(
        _ name: String, in request: SignableRequest, _ claim: SignatureClaim
    ) throws(AccessError) {
        if request.header(name) != nil, !claim.signedHeaders.contains(name) {
            throw .mismatch(because: "The header \(name) is there and must be among the SignedHeaders.")
        }
    }

    private func checkSignature(
        of claim: SignatureClaim, _ credential: Credential, _ canonical: CanonicalRequest, _ service: SigningService
    ) throws(AccessError) {
        let scope = claim.credential
        let known = signingKeys.key(of: scope)
        let key =
            known
            ?? SigningKey(
                secret: credential.secretAccessKey, day: scope.day, region: scope.region, service: scope.service)
        let text = canonical.stringToSign(time: claim.time, scope: scope.scope)
        let expected = key.sign(text)
        guard SHA256.constantTimeEqual(Array(expected.utf8), Array(claim.signature.utf8)) else {
            // API Gateway shows what it signed, which is how one finds out what a proxy changed.
            throw .mismatch(
                because: service == .executeAPI
                    ? "The Canonical String for this request should have been\n'\(canonical.text)'\n\n"
                        + "The String-to-Sign should have been\n'\(text)'\n" : nil)
        }
        if known == nil { signingKeys.keep(key, of: scope) }
    }

    private func checkBody(_ claimed: String?, _ payload: PayloadHash) throws(AccessError) {
        let actual = payload.hexadecimal
        switch (payload, claimed) {
        case (.unsigned, PayloadHash.unsignedMarker?): return
        case (.unsigned, _):
            throw .mismatch(
                because: "The body's hash was not checked, so x-amz-content-sha256 must be "
                    + "\(PayloadHash.unsignedMarker).")
        case (_, nil): return
        case (_, let claimed?):
            if claimed == actual { return }
            throw .mismatch(
                because: claimed == PayloadHash.unsignedMarker
                    ? "\(claimed) is not accepted here: x-amz-content-sha256 must be the body's SHA-256."
                    : "x-amz-content-sha256 is '\(claimed)', but the body's SHA-256 is '\(actual)'.")
        }
    }
}
