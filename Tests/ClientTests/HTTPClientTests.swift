import Access
import Client
import Foundation
import NIOCore
import Testing

@Suite("HTTP", .timeLimit(.minutes(1)))
struct HTTPClientTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\n\r\nhi"

    private func client(_ endpoint: Endpoint, signer: RequestSigner? = nil) -> HTTPClient {
        HTTPClient(endpoint: endpoint, signer: signer, clock: { 1_795_215_515 })
    }

    @Test("A request is sent with its length and answered whole")
    func send() async throws {
        let transcript = Transcript()
        let response = try await LoopbackServer.run { peer in
            await transcript.add(try await peer.read(through: "body"))
            try await peer.write(Self.ok)
        } _: { endpoint in
            try await client(endpoint).send(
                HTTPRequest(
                    "POST", "/dev/a%3D?x=1", headers: [("X-B", "2")], body: Array("body".utf8), service: .events))
        }
        #expect(response.status == 200)
        #expect(response.header("x-a") == "1")
        #expect(response.body == Array("hi".utf8))
        let request = try #require(await transcript.requests.first)
        #expect(request.hasPrefix("POST /dev/a%3D?x=1 HTTP/1.1\r\n"))
        #expect(request.contains("\r\nX-B: 2\r\n"))
        #expect(request.contains("\r\nHost: 127.0.0.1:"))
        #expect(request.contains("\r\nContent-Length: 4\r\n"))
        #expect(!request.contains("Authorization"))
    }

    @Test("Requests on one connection follow each other")
    func keepAlive() async throws {
        let transcript = Transcript()
        let bodies = try await LoopbackServer.run { peer in
            for number in 1...3 {
                await transcript.add(try await peer.read(through: "\r\n\r\n"))
                try await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)")
            }
        } _: { endpoint in
            try await client(endpoint).withConnection { connection in
                var bodies: [String] = []
                for number in 1...3 {
                    let response = try await connection.send(
                        HTTPRequest("GET", "/\(number)", service: .executeAPI))
                    bodies.append(String(decoding: response.body, as: UTF8.self))
                }
                return bodies
            }
        }
        #expect(bodies == ["1", "2", "3"])
        #expect(await transcript.requests.map { $0.prefix(6) } == ["GET /1", "GET /2", "GET /3"])
    }

    @Test("With credentials the request is signed so that our verifier takes it", arguments: [false, true])
    func signed(isStreamed: Bool) async throws {
        let signer = RequestSigner(
            credential: Credential(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret"), region: "us-east-1")
        let transcript = Transcript()
        try await LoopbackServer.run { peer in
            let end = isStreamed ? "0\r\n\r\n" : "{}"
            await transcript.add(try await peer.read(through: end))
            try await peer.write(Self.ok)
        } _: { endpoint in
            try await client(endpoint, signer: signer).withConnection { connection in
                let request = HTTPRequest(
                    "POST", "/dev/events", headers: [("Content-Type", "application/x-ndjson")], body: Array("{}".utf8),
                    service: .events)
                if isStreamed {
                    try await connection.stream(
                        request, body: Pieces(["{}"]), refused: { _ in Issue.record("refused") }, { _ in })
                } else {
                    _ = try await connection.send(request)
                }
            }
        }
        let head = try #require(await transcript.requests.first).components(separatedBy: "\r\n\r\n")[0]
        let fields = head.components(separatedBy: "\r\n").dropFirst().map { line in
            let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
            return (name: parts[0], value: parts[1])
        }
        let verifier = SignatureVerifier(
            credentials: try CredentialStore(
                file: "[a]\naws_access_key_id=AKIDEXAMPLE\naws_secret_access_key=secret"))
        let principal = try verifier.verify(
            SignableRequest(method: "POST", target: "/dev/events", headers: fields),
            payload: isStreamed ? .unsigned : .bytes(Array("{}".utf8)), service: .events, now: 1_795_215_515)
        #expect(principal.accessKeyID == "AKIDEXAMPLE")
    }

    @Test("Lines that arrive together are taken together, up to the end of the connection")
    func lineBatches() async throws {
        let (taken, isTaken) = AsyncStream.makeStream(of: Void.self)
        let batches = try await LoopbackServer.run { peer in
            _ = try await peer.read(through: "\r\n\r\n")
            try await peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none\n\ntwo\nthr")
            for await _ in taken {}
            try await peer.write("ee\nfour")
        } _: { endpoint in
            try await client(endpoint).withConnection { connection in
                var batches: [[String]] = []
                try await connection.lineBatches(
                    of: HTTPRequest("GET", "/", service: .events), refused: { _ in Issue.record("refused") }
                ) { lines in
                    batches.append(lines.map { String(decoding: $0, as: UTF8.self) })
                    isTaken.finish()
                }
                return batches
            }
        }
        #expect(batches == [["one", "", "two"], ["three"], ["four"]])
    }

    @Test("A streamed body arrives in order, and answers come while it is sent")
    func stream() async throws {
        let lines = try await LoopbackServer.run { peer in
            _ = try await peer.read(through: "first\n")
            try await peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nseen\r\n")
            _ = try await peer.read(through: "0\r\n\r\n")
            try await peer.write("7\r\n 1\nall2\r\n0\r\n\r\n")
        } _: { endpoint in
            try await client(endpoint).withConnection { connection in
                var lines: [String] = []
                try await connection.stream(
                    HTTPRequest("POST", "/", service: .events), body: Pieces(["first\n", "", "second\n"]),
                    refused: { _ in Issue.record("refused") }
                ) { lines.append(String(decoding: $0, as: UTF8.self)) }
                return lines
            }
        }
        #expect(lines == ["seen 1", "all2"])
    }

    @Test("A broker that says no ends a body that would go on for ever")
    func refusedStream() async throws {
        let status = try await LoopbackServer.run { peer in
            _ = try await peer.read(through: "x")
            try await peer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
            _ = try await peer.readToEnd()
        } _: { endpoint in
            try await client(endpoint).withConnection { connection in
                var status: Int?
                try await connection.stream(
                    HTTPRequest("POST", "/", service: .events), body: Endless(), refused: { status = $0.status }
                ) { _ in Issue.record("a line of a refusal") }
                return status
            }
        }
        #expect(status == 403)
    }

    @Test("A body that cannot be read is not ended as if it were complete")
    func failingBody() async throws {
        let transcript = Transcript()
        await #expect(throws: Endless.Fault.self) {
            try await LoopbackServer.run { peer in
                await transcript.add(try await peer.readToEnd())
            } _: { endpoint in
                try await client(endpoint).withConnection { connection in
                    try await connection.stream(
                        HTTPRequest("POST", "/", service: .events), body: Endless(failsAfter: 2),
                        refused: { _ in }, { _ in })
                }
            }
        }
        #expect(await transcript.requests.allSatisfy { !$0.hasSuffix("0\r\n\r\n") })
    }

    @Test(
        "A connection that ends too early is an error",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"])
    func interrupted(_ answer: String) async throws {
        let error = await #expect(throws: ClientError.self) {
            try await LoopbackServer.run { peer in
                _ = try await peer.read(through: "\r\n\r\n")
                if !answer.isEmpty { try await peer.write(answer) }
            } _: { endpoint in
                try await client(endpoint).send(HTTPRequest("GET", "/", service: .events))
            }
        }
        #expect(error?.kind == .interrupted)
    }

    @Test("Where nobody listens the error says so and what to do")
    func refused() async throws {
        let (server, port) = try await LoopbackServer.bind { $0.eventLoop.makeSucceededVoidFuture() }
        try await server.channel.close()
        let error = await #expect(throws: ClientError.self) {
            try await client(Endpoint("http://127.0.0.1:\(port)")).send(HTTPRequest("GET", "/", service: .events))
        }
        #expect(error?.kind == .unreachable)
        #expect(
            error?.message
                == "no broker at http://127.0.0.1:\(port): connection refused; start one with `lambdaless serve`, "
                + "or name another with --endpoint-url")
    }
}

/// A body of given pieces.
struct Pieces: AsyncSequence, Sendable {
    let pieces: [String]

    init(_ pieces: [String]) { self.pieces = pieces }

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ArraySlice<String>

        mutating func next() async throws -> [UInt8]? { rest.popFirst().map { Array($0.utf8) } }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: pieces[...]) }
}

/// A body without an end, unless it fails.
struct Endless: AsyncSequence, Sendable {
    struct Fault: Error {}

    var failsAfter = Int.max

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: Int

        mutating func next() async throws -> [UInt8]? {
            try Task.checkCancellation()
            if rest == 0 { throw Fault() }
            rest -= 1
            return [UInt8](repeating: UInt8(ascii: "x"), count: 1000)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: failsAfter) }
}
