import Access
import Testing

@Suite("Refused requests")
struct RefusalTests {
    /// Signed by our own signer now, altered by `change`, verified `later` seconds afterwards.
    private func refusalOf(
        service: SigningService = .events, token: String? = nil, expectedToken: String? = nil, region: String? = nil,
        signer: RequestSigner? = nil, later: Int64 = 0, body: String = "{}", payload: PayloadHash? = nil,
        _ change: (inout SignableRequest) -> Void = { _ in }
    ) -> AccessError? {
        var request = SignableRequest(
            method: "POST", target: "/",
            headers: [
                ("Host", "127.0.0.1:8080"), ("Content-Type", "application/x-amz-json-1.1"),
                ("X-Amz-Target", "AWSEvents.PutEvents"),
            ])
        request.headers += (signer ?? Example.signer(token: token)).sign(
            request, payload: .bytes(Array("{}".utf8)), service: service, now: Example.recordedAt)
        change(&request)
        return refusal { () throws(AccessError) in
            try Example.verifier(token: expectedToken, region: region).verify(
                request, payload: payload ?? .bytes(Array(body.utf8)), service: .events,
                now: Example.recordedAt + later)
        }
    }

    private func setAuthorization(_ value: String?) -> (inout SignableRequest) -> Void {
        { request in
            request.headers.removeAll { $0.name == "Authorization" }
            if let value { request.headers.append(("authorization", value)) }
        }
    }

    private static let mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        + "Key and signing method. Consult the service documentation for details."

    @Test("An untouched request is accepted")
    func untouched() { #expect(refusalOf() == nil) }

    @Test("A request without any signature lacks a token")
    func missing() {
        let error = refusalOf(setAuthorization(nil))
        #expect(error?.type == .missingAuthenticationToken)
        #expect(error?.message == "Missing Authentication Token")
    }

    @Test(
        "An incomplete Authorization header says what it lacks",
        arguments: [
            (
                "AWS4-HMAC-SHA256",
                "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
                    + "parameter. Authorization header requires 'SignedHeaders' parameter. "
                    + "Authorization=AWS4-HMAC-SHA256"
            ),
            (
                "AWS4-HMAC-SHA256 Credential=A/20261120/r/events/aws4_request,SignedHeaders=host",
                "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256 "
                    + "Credential=A/20261120/r/events/aws4_request,SignedHeaders=host"
            ),
            (
                "Bearer xyz",
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded "
                    + "with Base64): 'zyc3Ntxgrok+f83ynVWygiLlbsRSBgJKn5TLWxgJTvs='."
            ),
            (
                "AWS4-HMAC-SHA512 Credential=a",
                "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'; 'AWS4-HMAC-SHA256' is supported."
            ),
            (
                "AWS4-HMAC-SHA256 Credential=A/B, SignedHeaders=host, Signature=00",
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
                    + "got 'A/B'"
            ),
            (
                "AWS4-HMAC-SHA256 Credential=A/20261120/r/events/aws4_request, SignedHeaders=x-amz-date, Signature=00",
                "'Host' must be a 'SignedHeader' in the AWS Authorization."
            ),
        ])
    func incomplete(_ header: String, _ message: String) {
        let error = refusalOf(setAuthorization(header))
        #expect(error?.type == .incompleteSignature)
        #expect(error?.message == message)
    }

    @Test("A header without any part and without a date lacks four things")
    func nothing() {
        let error = refusal { () throws(AccessError) in
            try Example.verifier().verify(
                SignableRequest(method: "POST", target: "/", headers: [("Authorization", "AWS4-HMAC-SHA256")]),
                payload: .bytes([]), service: .events, now: 0)
        }
        #expect(
            error?.message
                == "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
                + "parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires "
                + "existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256")
    }

    @Test("Commas separate with or without a space")
    func commas() {
        #expect(
            refusalOf { request in
                let field = request.headers.firstIndex { $0.name == "Authorization" }!
                request.headers[field].value.replace(", ", with: ",")
            } == nil)
    }

    @Test(
        "A clock may be five minutes off, not more",
        arguments: [(300, true), (301, false), (-300, true), (-301, false)])
    func skew(_ later: Int64, _ accepted: Bool) {
        #expect((refusalOf(later: later) == nil) == accepted)
    }

    @Test("A wrong clock is told both times")
    func skewTexts() {
        #expect(
            refusalOf(later: 600)
                == AccessError(
                    type: .invalidSignature,
                    message:
                        "Signature expired: 20261120T225835Z is now earlier than 20261120T230335Z (20261120T230835Z - 5 min.)"
                ))
        #expect(
            refusalOf(later: -600)
                == AccessError(
                    type: .invalidSignature,
                    message: "Signature not yet current: 20261120T225835Z is still later than 20261120T225335Z "
                        + "(20261120T224835Z + 5 min.)"))
    }

    @Test("The time is checked before the key, the key before the scope, the scope before the signature")
    func order() {
        let stranger = RequestSigner(
            credential: Credential(accessKeyID: "AKIDSTRANGER", secretAccessKey: "x"), region: "us-east-1")
        #expect(refusalOf(signer: stranger, later: 999)?.message.hasPrefix("Signature expired") == true)
        #expect(refusalOf(service: .executeAPI, signer: stranger)?.type == .unrecognizedClient)
        let wrongSecret = Example.signer(secret: "wrong")
        #expect(refusalOf(service: .executeAPI, signer: wrongSecret)?.message.hasPrefix("Credential should") == true)
        #expect(refusalOf(signer: wrongSecret)?.message == Self.mismatch)
    }

    @Test("A stranger's key and a wrong session token get the same answer")
    func unknownKey() {
        let expected = AccessError(
            type: .unrecognizedClient, message: "The security token included in the request is invalid.")
        let stranger = RequestSigner(
            credential: Credential(accessKeyID: "AKIDSTRANGER", secretAccessKey: "x"), region: "us-east-1")
        #expect(refusalOf(signer: stranger) == expected)
        #expect(refusalOf(token: "wrong", expectedToken: "right") == expected)
        #expect(refusalOf(token: nil, expectedToken: "right") == expected)
        #expect(refusalOf(token: "unasked", expectedToken: nil) == expected)
        #expect(refusalOf(token: "right", expectedToken: "right") == nil)
    }

    @Test("A scope for another service or region is refused")
    func scope() {
        #expect(
            refusalOf(service: .executeAPI)
                == AccessError(
                    type: .invalidSignature, message: "Credential should be scoped to correct service: 'events'. "))
        #expect(
            refusalOf(region: "eu-west-1")
                == AccessError(type: .invalidSignature, message: "Credential should be scoped to a valid region. "))
        #expect(refusalOf(region: "us-east-1") == nil)
    }

    @Test("An operation name that is not signed is refused")
    func unsignedTarget() {
        var request = SignableRequest(method: "POST", target: "/", headers: [("Host", "h")])
        request.headers += Example.signer().sign(
            request, payload: .bytes([]), service: .events, now: Example.recordedAt)
        request.headers.append(("X-Amz-Target", "AWSEvents.PutEvents"))
        let error = refusal { () throws(AccessError) in
            try Example.verifier().verify(request, payload: .bytes([]), service: .events, now: Example.recordedAt)
        }
        #expect(error?.type == .invalidSignature)
        #expect(error?.message.contains("x-amz-target") == true)
    }

    @Test("execute-api shows what should have been signed, events does not")
    func canonicalShown() {
        let signer = Example.signer(secret: "wrong")
        var request = SignableRequest(
            method: "POST", target: "/dev/@connections/a%3D", headers: [("Host", "127.0.0.1:8080")])
        request.headers += signer.sign(
            request, payload: .bytes([]), service: .executeAPI, now: Example.recordedAt)
        let error = refusal { () throws(AccessError) in
            try Example.verifier().verify(request, payload: .bytes([]), service: .executeAPI, now: Example.recordedAt)
        }
        #expect(error?.message.hasPrefix(Self.mismatch) == true)
        #expect(error?.message.contains("\nPOST\n/dev/%40connections/a%253D\n") == false)
        #expect(error?.message.contains("'POST\n/dev/%40connections/a%253D\n\nhost:127.0.0.1:8080\n") == true)
        #expect(error?.message.contains("'AWS4-HMAC-SHA256\n20261120T225835Z\n20261120/us-east-1/execute-api/") == true)
        #expect(error?.message.contains(Example.secret) == false)
    }

    @Test("The status is 403 at execute-api and 400 at events")
    func status() {
        let error = refusalOf(setAuthorization(nil))
        #expect(error?.status(at: .executeAPI) == 403)
        #expect(error?.status(at: .events) == 400)
    }

    @Test("An unsigned body is accepted only where the door says so, and only when the client says so")
    func unsignedPayload() {
        func verify(signed: PayloadHash, _ payload: PayloadHash) -> AccessError? {
            var request = SignableRequest(method: "POST", target: "/dev/events", headers: [("Host", "h")])
            request.headers += Example.signer().sign(
                request, payload: signed, service: .events, now: Example.recordedAt)
            return refusal { () throws(AccessError) in
                try Example.verifier().verify(request, payload: payload, service: .events, now: Example.recordedAt)
            }
        }
        #expect(verify(signed: .unsigned, .unsigned) == nil)
        #expect(verify(signed: .unsigned, .bytes([1]))?.message.contains("UNSIGNED-PAYLOAD is not accepted") == true)
        #expect(verify(signed: .bytes([1]), .unsigned)?.type == .invalidSignature)
        #expect(verify(signed: .bytes([1]), .bytes([1])) == nil)
        #expect(verify(signed: .bytes([1]), .hash(SHA256.hexadecimalHash([1]))) == nil)
        #expect(verify(signed: .bytes([1]), .hash(SHA256.hexadecimalHash([2])))?.type == .invalidSignature)
    }

    @Test("A declared body hash is checked against the body")
    func declaredHash() {
        let request = RecordedRequest.signed.first { $0.client.hasPrefix("awscurl") && $0.method == "POST" }!
        let error = refusal { () throws(AccessError) in
            try Example.verifier().verify(
                request.signable, payload: .bytes(Array("hullo".utf8)), service: .executeAPI, now: Example.recordedAt)
        }
        #expect(error?.type == .invalidSignature)
        #expect(error?.message.contains("x-amz-content-sha256 is '2cf24dba") == true)
    }
}
