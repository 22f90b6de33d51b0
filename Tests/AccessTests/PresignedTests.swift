import Access
import Testing

@Suite("Presigned requests")
struct PresignedTests {
    private let connect = SignableRequest(
        method: "GET", target: "/dev?pattern=%7B%22source%22%3A%5B%22a+b%22%5D%7D",
        headers: [("Host", "127.0.0.1:8080")])

    private func presigned(token: String? = nil, lifetime: Int64 = 60) -> SignableRequest {
        var request = connect
        request.target = Example.signer(token: token).presign(
            connect, lifetime: lifetime, service: .executeAPI, now: Example.recordedAt)
        return request
    }

    private func refusalOf(_ request: SignableRequest, later: Int64 = 0, token: String? = nil, body: [UInt8] = [])
        -> AccessError?
    {
        refusal { () throws(AccessError) in
            try Example.verifier(token: token).verify(
                request, payload: .bytes(body), service: .executeAPI, now: Example.recordedAt + later)
        }
    }

    @Test(
        "It holds from five minutes before it was made until it expires",
        arguments: [
            (-301, "Signature not yet current: 20261120T225835Z"), (-300, nil), (0, nil), (60, nil),
            (
                61,
                "Signature expired: 20261120T225835Z is now earlier than 20261120T225836Z (20261120T225936Z - 60 sec.)"
            ),
        ] as [(Int64, String?)])
    func lifetime(_ later: Int64, _ message: String?) {
        let error = refusalOf(presigned(), later: later)
        if let message {
            #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "accepted")")
        } else {
            #expect(error == nil)
        }
    }

    @Test("Every byte of the target counts")
    func tamper() {
        let request = presigned()
        let target = Array(request.target.utf8)
        for i in target.indices {
            var changed = target
            changed[i] = target[i] == UInt8(ascii: "7") ? UInt8(ascii: "8") : UInt8(ascii: "7")
            var tampered = request
            tampered.target = String(decoding: changed, as: UTF8.self)
            #expect(refusalOf(tampered) != nil, "byte \(i)")
        }
        var longer = request
        longer.target += "&detail=true"
        #expect(refusalOf(longer)?.type == .invalidSignature)
    }

    @Test("It covers the host and the body")
    func hostAndBody() {
        var elsewhere = presigned()
        elsewhere.headers = [("Host", "127.0.0.1:8081")]
        #expect(refusalOf(elsewhere)?.type == .invalidSignature)
        #expect(refusalOf(presigned(), body: [1])?.type == .invalidSignature)
    }

    @Test("It carries the session token")
    func token() {
        #expect(refusalOf(presigned(token: "T/+="), token: "T/+=") == nil)
        #expect(refusalOf(presigned(token: "T/+="), token: "other")?.type == .unrecognizedClient)
        #expect(refusalOf(presigned(), token: "T/+=")?.type == .unrecognizedClient)
    }

    @Test(
        "Missing parameters are named",
        arguments: [
            (
                "X-Amz-Signature=00",
                "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include "
                    + "'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string "
                    + "parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."
            ),
            (
                "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-SignedHeaders=host&X-Amz-Date=x",
                "AWS query-string parameters must include 'X-Amz-Signature'. Re-examine the query-string parameters."
            ),
        ])
    func missing(_ query: String, _ message: String) {
        var request = connect
        request.target = "/dev?" + query
        #expect(refusalOf(request) == AccessError(type: .incompleteSignature, message: message))
    }

    @Test("Other parameters alone are no signature")
    func noSignature() { #expect(refusalOf(connect)?.type == .missingAuthenticationToken) }

    @Test("A lifetime is 1 to 604800 seconds", arguments: ["0", "604801", "-1", "x", "", "99999999999999999999"])
    func badLifetime(_ seconds: String) {
        var request = presigned()
        request.target.replace("X-Amz-Expires=60", with: "X-Amz-Expires=\(seconds)")
        #expect(refusalOf(request)?.type == .incompleteSignature)
    }

    @Test(
        "A date that is none is refused",
        arguments: [
            "20261120", "20261320T000000Z", "20260230T000000Z", "20261120T250000Z", "2026-11-20T22:58:35Z",
            "20261120T22583AZ",
        ])
    func badDate(_ date: String) {
        var request = presigned()
        request.target.replace("X-Amz-Date=20261120T225835Z", with: "X-Amz-Date=\(date)")
        #expect(
            refusalOf(request)?.message.hasPrefix("Date must be in ISO-8601 'basic format'. Got '\(date)'.") == true)
    }
}

@Suite("Dates of signatures")
struct SigningTimeTests {
    private func time(at seconds: Int64) -> String {
        Example.signer().sign(
            SignableRequest(method: "GET", target: "/", headers: []), payload: .bytes([]), service: .events,
            now: seconds)[0].value
    }

    @Test(
        "Seconds become a date of the calendar",
        arguments: [
            (0, "19700101T000000Z"), (951_782_399, "20000228T235959Z"), (951_782_400, "20000229T000000Z"),
            (4_107_542_400, "21000301T000000Z"), (-1, "19691231T235959Z"), (1_795_215_515, "20261120T225835Z"),
        ] as [(Int64, String)])
    func calendar(_ seconds: Int64, _ text: String) {
        #expect(time(at: seconds) == text)
    }

    @Test("A Date header serves where X-Amz-Date is missing")
    func dateHeader() {
        // Signed with X-Amz-Date, then renamed: the signature cannot match, but the time must have been understood.
        func refusalWith(date: String) -> AccessError? {
            refusal { () throws(AccessError) in
                try Example.verifier().verify(
                    SignableRequest(
                        method: "GET", target: "/",
                        headers: [
                            ("Host", "h"), ("Date", date),
                            (
                                "Authorization",
                                "AWS4-HMAC-SHA256 Credential=\(Example.key)/20261120/r/events/aws4_request, "
                                    + "SignedHeaders=host;date, Signature=00"
                            ),
                        ]),
                    payload: .bytes([]), service: .events, now: Example.recordedAt)
            }
        }
        #expect(refusalWith(date: "Fri, 20 Nov 2026 22:58:35 GMT")?.message.hasPrefix("The request signature") == true)
        #expect(refusalWith(date: "Fri, 20 Nov 2026 22:48:35 GMT")?.message.hasPrefix("Signature expired") == true)
        #expect(refusalWith(date: "yesterday")?.message.hasPrefix("Date must be in") == true)
    }
}
