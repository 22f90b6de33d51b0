import Broker
import Gateway
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@Suite("Ordinary requests")
struct OrdinaryRequestTests {
    /// What clients send, taken from them.
    private static let clientHeads = [
        // curl
        "POST /dev/events HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n"
            + "Content-Length: 2\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n",
        // boto3
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept-Encoding: identity\r\nX-Amz-Target: AWSEvents.PutEvents\r\n"
            + "Content-Type: application/x-amz-json-1.1\r\nUser-Agent: Boto3/1.40.1 md/Botocore#1.40.1 ua/2.1 os/linux"
            + "#6.1 lang/python#3.13 md/pyimpl#CPython m/Z,b cfg/retry-mode#legacy Botocore/1.40.1\r\n"
            + "X-Amz-Date: 20261121T010203Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/"
            + "events/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=0123456789abcdef"
            + "\r\namz-sdk-invocation-id: 7a2c\r\namz-sdk-request: attempt=1\r\nContent-Length: 2\r\n\r\n",
        // Node's fetch
        "POST /dev/events?a=b HTTP/1.1\r\nhost: localhost:8080\r\nconnection: keep-alive\r\ncontent-type: "
            + "application/json\r\naccept: */*\r\naccept-language: *\r\nsec-fetch-mode: cors\r\nuser-agent: node\r\n"
            + "accept-encoding: gzip, deflate\r\ncontent-length: 2\r\n\r\n",
        // Go's net/http
        "POST /dev/events HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 2\r\n"
            + "Content-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n",
    ]

    @Test("What clients send is ordinary, and is read as NIO reads it", arguments: clientHeads)
    func clients(head: String) throws {
        let bytes = Array((head + "{}").utf8)
        let request = try Self.read(bytes)
        #expect(request.body.upperBound == bytes.count)
        try expectSame(request, bytes)
    }

    @Test(
        "What two parsers might read differently, or what changes the connection, is not ordinary",
        arguments: [
            "Content-Length: 2", "Content-Length: 3", "Transfer-Encoding: chunked", "transfer-encoding: identity",
            "Host: other", "Connection: close", "Connection: keep-alive, upgrade", "Connection: Upgrade",
            "Proxy-Connection: keep-alive", "Keep-Alive: timeout=5", "Upgrade: websocket", "HTTP2-Settings: AAMA",
            "Expect: 100-continue", "TE: trailers", "Trailer: X", "X-Empty:", "X-Empty: ", "X:y", "X:  y", "X: y ",
            "X: y\t", "X : y", " X: y", "X: a\r\n b", "X: a\u{0}", "X: é", "X-_: y", "X: a\nY: b", "X: a\rY: b", ": y",
        ])
    func extraordinary(line: String) {
        let text = "POST /dev/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\(line)\r\n\r\n{}"
        #expect(throws: OrdinaryRequest.Obstacle.extraordinary) { try Self.read(Array(text.utf8)) }
    }

    @Test(
        "Neither is another start, or a body without one plain length",
        arguments: [
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
            "post / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
            "POST  / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
            "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
            "POST / HTTP/1.1\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
            "\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
            "POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
            "POST * HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
            "POST /# HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
            "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
            "POST / HTTP/1.1\r\nHost: a\r\n\r\n{}",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 02\r\n\r\n{}",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\n{}",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x2\r\n\r\n{}",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n{}",
            "POST /\(String(repeating: "a", count: 8 * 1024)) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
        ])
    func extraordinaryStart(text: String) {
        #expect(throws: OrdinaryRequest.Obstacle.extraordinary) { try Self.read(Array(text.utf8)) }
    }

    @Test("A value is printable ASCII, wherever in it a byte is that is not", arguments: UInt8.min...UInt8.max)
    func values(byte: UInt8) {
        let before = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nX: ".utf8)
        for place in 1..<19 {
            var value = Array(repeating: UInt8(ascii: "~"), count: 20)
            value[place] = byte
            let request = try? Self.read(before + value + Array("\r\n\r\n".utf8))
            #expect((request != nil) == (0x20...0x7e).contains(byte), "\(byte) at \(place)")
        }
    }

    @Test("A head that has not come to its end may still be ordinary")
    func unfinished() throws {
        let head = Array(Self.clientHeads[0].utf8)
        for count in 0..<head.count {
            #expect(throws: OrdinaryRequest.Obstacle.unfinished) { try Self.read(Array(head[..<count])) }
        }
        #expect(try Self.read(head).body == head.count..<head.count + 2)
    }

    @Test("Whatever is read of a damaged request is what NIO reads, too", arguments: 0..<20)
    func damaged(seed: Int) throws {
        var random = Random(state: UInt64(seed))
        var ordinary = 0
        for _ in 0..<2_000 {
            let bytes = random.damaged(Array((random.pick(Self.clientHeads) + "{}").utf8))
            guard let request = try? Self.read(bytes) else { continue }
            ordinary += 1
            try expectSame(request, bytes)
        }
        #expect(ordinary > 200)
    }

    private static func read(_ bytes: [UInt8]) throws(OrdinaryRequest.Obstacle) -> OrdinaryRequest {
        try OrdinaryRequest(bytes.span)
    }

    /// Whether NIO's decoder reads the same request in `bytes`, up to the request's end.
    private func expectSame(_ request: OrdinaryRequest, _ bytes: [UInt8]) throws {
        let whole = request.body.upperBound <= bytes.count
        let buffer = ByteBuffer(bytes: bytes.prefix(request.body.upperBound))
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
        try channel.writeInbound(buffer)
        let text = String(decoding: bytes, as: UTF8.self)
        guard case .head(let head) = try channel.readInbound(as: HTTPServerRequestPart.self) else {
            Issue.record("NIO reads no head: \(text)")
            return
        }
        let read = request.request(in: buffer, sourceIP: "", id: .generate())
        #expect(head.version == .http1_1 && head.isKeepAlive, "\(text)")
        #expect(head.method.rawValue == read.method, "\(text)")
        #expect(head.uri == read.target, "\(text)")
        #expect(
            head.headers.map { "\($0.name): \($0.value)" } == read.headers.map { "\($0.name): \($0.value)" }, "\(text)")
        var body: [UInt8] = []
        var hasEnded = false
        while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head: Issue.record("NIO reads two heads: \(text)")
            case .body(let piece): body += piece.readableBytesView
            case .end(let trailers):
                hasEnded = true
                #expect(trailers == nil, "\(text)")
            }
        }
        #expect(hasEnded == whole, "\(text)")
        #expect(body == Array(bytes[request.body.lowerBound...].prefix(request.body.count)), "\(text)")
        #expect(body == read.body, "\(text)")
    }
}

/// Damages requests, each seed in its own way.
private struct Random {
    var state: UInt64

    private static let damage =
        Array(" \t\r\n:;,/?#%\"\\<>{}()@=&+-_.0129aZ".utf8) + [0x00, 0x0B, 0x1F, 0x7F, 0x80, 0xC3, 0xFF]
    private static let lines = [
        "Content-Length: 2", "content-length: 0", "Content-Length: 1", "Transfer-Encoding: chunked",
        "Connection: close",
        "Connection: keep-alive", "Upgrade: h2c", "Host: b", "Expect: 100-continue", "X-A: b", "X-A: b, c;d=\"e\"",
        "Trailer: x", "Proxy-Connection: close",
    ]

    mutating func below(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(count))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    mutating func damaged(_ request: [UInt8]) -> [UInt8] {
        var bytes = request
        for _ in 0..<1 + below(3) {
            let place = below(bytes.count)
            switch below(6) {
            case 0: bytes.insert(pick(Self.damage), at: place)
            case 1: bytes[place] = pick(Self.damage)
            case 2: bytes.remove(at: place)
            case 3: bytes[place] ^= 0x20
            case 4:
                let ends = bytes.indices.dropLast().filter { bytes[$0] == 0x0D && bytes[$0 + 1] == 0x0A }
                if let end = ends.isEmpty ? nil : pick(ends) {
                    bytes.insert(contentsOf: Array("\r\n\(pick(Self.lines))".utf8), at: end)
                }
            default: bytes += request
            }
        }
        return bytes
    }
}
