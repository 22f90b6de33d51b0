import Access
import Testing

/// A signature that AWS publishes: the example of its guide ("Create a signed AWS API request") and cases of the
/// signing test suite of its C library (awslabs/aws-c-auth). All are signed with the example credentials for
/// us-east-1 at 2015-08-30T12:36:00Z.
struct PublishedVector: CustomTestStringConvertible, Sendable {
    let name: String
    var method = "GET"
    var target = "/"
    var service = SigningService("service")
    var headers: [(name: String, value: String)] = []
    var body = ""
    var token: String?
    var signedHeaders = "host;x-amz-date"
    let signature: String

    var testDescription: String { name }

    static let host = "example.amazonaws.com"
    static let token = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"

    var request: SignableRequest {
        var fields = headers
        if !fields.contains(where: { $0.name == "Host" }) { fields.append(("Host", Self.host)) }
        fields.append(("X-Amz-Date", "20150830T123600Z"))
        if let token { fields.append(("X-Amz-Security-Token", token)) }
        let scope = "20150830/us-east-1/\(service.name)/aws4_request"
        fields.append(
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(Example.key)/\(scope), SignedHeaders=\(signedHeaders), "
                    + "Signature=\(signature)"
            ))
        return SignableRequest(method: method, target: target, headers: fields)
    }

    static let header: [PublishedVector] = [
        PublishedVector(
            name: "the guide's ListUsers", target: "/?Action=ListUsers&Version=2010-05-08",
            service: SigningService("iam"),
            headers: [
                ("Host", "iam.amazonaws.com"), ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            ],
            signedHeaders: "content-type;host;x-amz-date",
            signature: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
        PublishedVector(
            name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        PublishedVector(
            name: "get-header-key-duplicate",
            headers: [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
            signedHeaders: "host;my-header1;x-amz-date",
            signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
        PublishedVector(
            name: "get-header-value-trim", headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signedHeaders: "host;my-header1;my-header2;x-amz-date",
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        PublishedVector(
            name: "get-slashes-unnormalized", target: "//example//",
            signature: "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"),
        PublishedVector(
            name: "get-space-unnormalized", target: "/example space/",
            signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
        PublishedVector(
            name: "get-unreserved",
            target: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        PublishedVector(
            name: "get-vanilla-query-order-encoded", target: "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
            signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"),
        PublishedVector(
            name: "get-vanilla-query-order-key-case", target: "/?Param2=value2&Param1=value1",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        PublishedVector(
            name: "get-vanilla-empty-query-key", target: "/?Param1=value1",
            signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        PublishedVector(
            name: "get-vanilla-utf8-query", target: "/?\u{1234}=bar",
            signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        PublishedVector(
            name: "get-vanilla-with-session-token", token: token, signedHeaders: "host;x-amz-date;x-amz-security-token",
            signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"),
        PublishedVector(
            name: "post-x-www-form-urlencoded, body signed", method: "POST",
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "13"),
                (
                    "x-amz-content-sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"
                ),
            ],
            body: "Param1=value1", signedHeaders: "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
            signature: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"),
    ]

    static let presigned: [(name: String, path: String, signature: String)] = [
        ("get-vanilla-query", "/", "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"),
        ("get-utf8", "/\u{1234}", "10eae3f14a260bd3911cc6d008d3c576d143b05b62f09782a7a4b37f52178e44"),
    ]
}

@Suite("Signatures that AWS publishes")
struct PublishedVectorTests {
    @Test("A published signature in the header is accepted", arguments: PublishedVector.header)
    func header(_ vector: PublishedVector) throws {
        _ = try Example.verifier(token: vector.token).verify(
            vector.request, payload: .bytes(Array(vector.body.utf8)), service: vector.service,
            now: Example.publishedAt)
    }

    @Test("A published presigned request is accepted", arguments: PublishedVector.presigned)
    func presigned(_ name: String, _ path: String, _ signature: String) throws {
        let target =
            path + "?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            + "&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request"
            + "&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&X-Amz-Signature=\(signature)"
        let request = SignableRequest(
            method: "GET", target: target, headers: [("Host", PublishedVector.host)])
        _ = try Example.verifier().verify(
            request, payload: .bytes([]), service: SigningService("service"), now: Example.publishedAt + 3600)
    }

    @Test("Our signer makes the published signature of get-vanilla")
    func signer() {
        let request = SignableRequest(method: "GET", target: "/", headers: [("Host", PublishedVector.host)])
        let added = Example.signer().sign(
            request, payload: .bytes([]), service: SigningService("service"), now: Example.publishedAt)
        #expect(added.map(\.name) == ["X-Amz-Date", "Authorization"])
        #expect(added[0].value == "20150830T123600Z")
        #expect(added[1].value.hasSuffix("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"))
    }

    @Test(
        "SHA-256 and its HMAC give the results of FIPS 180-4 and RFC 4231",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func digest(_ text: String, _ expected: String) {
        #expect(SHA256.hexadecimalHash(Array(text.utf8)) == expected)
        let code = SHA256.authenticationCode(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(code.prefix(4) == [0x5b, 0xdc, 0xc1, 0x46] && code.suffix(4) == [0x64, 0xec, 0x38, 0x43])
    }
}
