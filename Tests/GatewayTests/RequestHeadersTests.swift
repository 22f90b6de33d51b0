import Gateway
import NIOCore
import Testing

@Suite("Request headers")
struct RequestHeadersTests {
    private static let fields: [(name: String, value: String)] = [
        ("Host", "localhost"), ("Content-Type", "text/plain"), ("accept", "a, b"), ("ACCEPT", "c"), ("X-Ä", "grün"),
        ("X-Empty", ""), ("A-Name-Of-More-Characters-Than-There-Are-Bits-In-The-Marks-Of-All-Names", "long"),
    ]

    /// The same fields, in the middle of other bytes.
    private static var read: RequestHeaders {
        var bytes = ByteBuffer(string: "before")
        bytes.moveReaderIndex(forwardBy: 6)
        var places = RequestHeaders.Places(reserving: 2)
        for field in fields {
            bytes.writeString("\r\n")
            let name = bytes.readableBytes
            bytes.writeString("\(field.name): ")
            let value = bytes.readableBytes
            bytes.writeString(field.value)
            places.append(name: name..<value - 2, value: value..<bytes.readableBytes, in: bytes.readableBytesUInt8Span)
        }
        bytes.writeString("behind")
        return RequestHeaders(places, in: bytes)
    }

    private static let forms = [RequestHeaders(fields), read]

    @Test("They are what was read, in its order and spelling", arguments: forms)
    func all(headers: RequestHeaders) {
        #expect(headers.all.map(\.name) == Self.fields.map(\.name))
        #expect(headers.all.map(\.value) == Self.fields.map(\.value))
    }

    @Test(
        "A field is found by its name in any case, the first of several", arguments: forms,
        [
            ("host", "localhost"), ("HOST", "localhost"), ("content-type", "text/plain"), ("Accept", "a, b"),
            ("x-empty", ""), ("x-Ä", "grün"),
            ("a-name-of-more-characters-than-there-are-bits-in-the-marks-of-all-names", "long"),
        ] as [(name: RequestHeaders.Name, value: String)])
    func first(headers: RequestHeaders, field: (name: RequestHeaders.Name, value: String)) {
        #expect(headers.first(field.name) == field.value)
        #expect(headers.has(field.name))
    }

    @Test(
        "No other name finds one, however long", arguments: forms,
        [
            "", "t", "hos", "hosts", "most", "date", "content-typf", "x-ä", "x-empt\u{19}", "@ccept",
        ] as [RequestHeaders.Name])
    func missing(headers: RequestHeaders, name: RequestHeaders.Name) {
        #expect(headers.first(name) == nil)
        #expect(!headers.has(name))
        #expect(headers.values(name) == [])
    }

    @Test("All values of a name are found", arguments: forms)
    func values(headers: RequestHeaders) {
        #expect(headers.values("Accept") == ["a, b", "c"])
        #expect(headers.values("host") == ["localhost"])
    }

    @Test("A request shows them as texts, which may be changed")
    func request() {
        var request = GatewayRequest(method: "GET", target: "/", headers: [("a", "1")])
        request.headers.append(("B", "2"))
        #expect(request.headers.map(\.name) == ["a", "B"])
        #expect(request.header("b") == "2")
    }

    @Test(
        "A target is a path and what follows its first question mark",
        arguments: [
            ("/dev/events", "/dev/events", ""), ("/dev?a=b", "/dev", "a=b"), ("/?a?b", "/", "a?b"),
            ("/dev?", "/dev", ""), ("?", "", ""), ("", "", ""),
        ])
    func target(target: String, path: String, query: String) {
        let request = GatewayRequest(method: "GET", target: target)
        #expect(request.path == path)
        #expect(request.query == query)
    }
}
