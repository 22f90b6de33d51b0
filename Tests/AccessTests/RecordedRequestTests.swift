import Access
import Testing

@Suite("Requests of real clients")
struct RecordedRequestTests {
    private func verify(_ request: RecordedRequest, _ signable: SignableRequest? = nil, body: [UInt8]? = nil)
        throws(AccessError) -> Principal
    {
        try Example.verifier(token: request.hasSessionToken ? "TOKTOK/+=" : nil).verify(
            signable ?? request.signable, payload: .bytes(body ?? request.bytes), service: request.service,
            now: Example.recordedAt)
    }

    @Test("All 38 are there")
    func count() {
        #expect(RecordedRequest.signed.count == 35)
        #expect(RecordedRequest.unsigned.count == 3)
    }

    @Test("A signed request of aws-cli, boto3 and awscurl is accepted", arguments: RecordedRequest.signed)
    func accepted(_ request: RecordedRequest) throws {
        let principal = try verify(request)
        #expect(principal == Principal(accessKeyID: Example.key, profile: "example", region: "us-east-1"))
    }

    @Test("A second request with the same scope is verified with the kept key just the same")
    func keptKey() throws {
        let verifier = Example.verifier()
        let request = RecordedRequest.signed[0]
        for _ in 0..<2 {
            _ = try verifier.verify(
                request.signable, payload: .bytes(request.bytes), service: .events, now: Example.recordedAt)
        }
        #expect(
            refusal { () throws(AccessError) in
                try verifier.verify(request.signable, payload: .bytes([]), service: .events, now: Example.recordedAt)
            }?.type == .invalidSignature)
    }

    @Test("The upgrade requests of WebSocket clients carry no signature")
    func unsigned() {
        for request in RecordedRequest.unsigned {
            let error = refusal { () throws(AccessError) in
                try Example.verifier().verify(
                    request.signable, payload: .bytes([]), service: .executeAPI, now: Example.recordedAt)
            }
            let hasBearer = request.client.hasPrefix("wscat")
            #expect(
                error?.type == (hasBearer ? .incompleteSignature : .missingAuthenticationToken), "\(request.client)")
        }
    }

    @Test("A changed body is refused", arguments: RecordedRequest.signed)
    func changedBody(_ request: RecordedRequest) {
        for i in request.bytes.indices {
            var body = request.bytes
            body[i] ^= 1
            #expect(refusal { () throws(AccessError) in try verify(request, body: body) }?.type == .invalidSignature)
        }
        #expect(
            refusal { () throws(AccessError) in try verify(request, body: request.bytes + [10]) }?.type
                == .invalidSignature)
    }

    @Test("A changed method or target is refused", arguments: RecordedRequest.signed)
    func changedTarget(_ request: RecordedRequest) {
        let target = request.target
        let spellings = [
            target + "x", target + "/", target + "?x=1", "/" + target, target.uppercased() + "%41",
            target.replacing("@", with: "%40") == target ? target + "%3D" : target.replacing("@", with: "%40"),
            target.replacing("%3D", with: "=") == target ? target + "=" : target.replacing("%3D", with: "="),
        ]
        for spelling in spellings {
            var signable = request.signable
            signable.target = spelling
            #expect(
                refusal { () throws(AccessError) in try verify(request, signable) }?.type == .invalidSignature,
                "\(spelling)")
        }
        var signable = request.signable
        signable.method = "PUT"
        #expect(refusal { () throws(AccessError) in try verify(request, signable) }?.type == .invalidSignature)
    }

    @Test("A signed header that is changed, removed or sent twice is refused", arguments: RecordedRequest.signed)
    func changedHeader(_ request: RecordedRequest) {
        for (i, header) in request.signable.headers.enumerated() {
            guard request.signedHeaders.contains(header.name.lowercased()) else { continue }
            var changed = request.signable
            changed.headers[i].value += "1"
            #expect(refusal { () throws(AccessError) in try verify(request, changed) } != nil, "\(header.name) changed")
            var removed = request.signable
            removed.headers.remove(at: i)
            #expect(refusal { () throws(AccessError) in try verify(request, removed) } != nil, "\(header.name) removed")
            var twice = request.signable
            twice.headers.append((header.name.uppercased(), "second"))
            #expect(refusal { () throws(AccessError) in try verify(request, twice) } != nil, "\(header.name) twice")
        }
    }

    @Test("A header that is not signed may change on the way", arguments: RecordedRequest.signed)
    func unsignedHeader(_ request: RecordedRequest) throws {
        var signable = request.signable
        for (i, header) in signable.headers.enumerated()
        where ["user-agent", "amz-sdk-request", "amz-sdk-invocation-id"].contains(header.name.lowercased()) {
            signable.headers[i].value = "changed by a proxy"
        }
        signable.headers.append(("X-Forwarded-For", "192.0.2.1"))
        _ = try verify(request, signable)
    }

    @Test("An Authorization header with any one character changed is refused", arguments: RecordedRequest.signed)
    func changedAuthorization(_ request: RecordedRequest) {
        let field = request.signable.headers.firstIndex { $0.name == "Authorization" }!
        let value = Array(request.signable.headers[field].value.utf8)
        let signatureStart = value.count - 64
        for i in value.indices where value[i] != UInt8(ascii: " ") {
            var changed = value
            // Inside the signature this is another hexadecimal digit, elsewhere another character.
            changed[i] = value[i] == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")
            var signable = request.signable
            signable.headers[field].value = String(decoding: changed, as: UTF8.self)
            let error = refusal { () throws(AccessError) in try verify(request, signable) }
            #expect(error != nil, "character \(i)")
            if i >= signatureStart { #expect(error?.type == .invalidSignature, "character \(i)") }
        }
    }
}
