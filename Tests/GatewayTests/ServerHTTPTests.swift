import Access
import Broker
import EventLog
import Gateway
import JSONDocument
import NIOCore
import Testing

@Suite("HTTP on a running gateway", .timeLimit(.minutes(1)))
struct ServerHTTPTests {
    private static let event = #"{"source":"s","detail-type":"d","detail":{}}"#

    @Test("The callback API sends, tells and disconnects, in every spelling of its path")
    func callback() async throws {
        try await GatewayUnderTest.run { gateway in
            let socket = try await TestClient(port: gateway.port)
            try await socket.upgrade("/dev", headers: [("User-Agent", "test/1")])
            let id = try await socket.connectionID()
            let http = try await TestClient(port: gateway.port)
            let escaped = String(id.dropLast()) + "%3D"
            for path in ["/dev/@connections/\(id)", "/dev/%40connections/\(escaped)", "/@connections/\(escaped)"] {
                let sent = try await http.request("POST", path, body: "hällo")
                #expect(sent.status == 200)
                #expect(sent.body == "")
                #expect(sent.header("x-amzn-requestid")?.count == 16)
                #expect(try await socket.text() == "hällo")
            }
            let status = try await http.request("GET", "/dev/@connections/\(id)")
            let form =
                #/\{"connectedAt":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ","identity":\{"sourceIp":"127\.0\.0\.1","userAgent":"test\/1"\},"lastActiveAt":"20.+Z"\}/#
            #expect(status.body.wholeMatch(of: form) != nil, "\(status.body)")
            let list = try await http.request("GET", "/dev/@connections")
            #expect(list.body.hasPrefix(#"{"connections":[{"connectionId":"\#(id)","stage":"dev","connectedAt":"#))
            let detail = try await http.request("GET", "/dev/@connections/\(id)?detail=true")
            #expect(detail.body.contains(#""pattern":null,"matched":0,"sentMessages":4,"#), "\(detail.body)")

            #expect(try await http.request("DELETE", "/dev/@connections/\(id)", body: "").status == 204)
            #expect(try await socket.frame().closeCode == 1000)
            // The close frame is out, so the connection counts as gone, whether or not the client has answered.
            for method in ["POST", "GET", "DELETE"] {
                let gone = try await http.request(method, "/dev/@connections/\(id)", body: "x")
                #expect(gone.status == 410)
                #expect(gone.body == "")
                #expect(gone.header("x-amzn-errortype") == "GoneException")
            }
        }
    }

    @Test("Calls that API Gateway refuses are refused with its statuses and bodies")
    func callbackErrors() async throws {
        try await GatewayUnderTest.run {
            $0.stages = ["dev", "other"]
        } _: { gateway in
            let socket = try await TestClient(port: gateway.port)
            try await socket.upgrade()
            let id = try await socket.connectionID()
            let http = try await TestClient(port: gateway.port)
            func check(_ path: String, body: String, _ status: Int, _ type: String, _ expected: String) async throws {
                let response = try await http.request("POST", path, body: body)
                #expect(response.status == status)
                #expect(response.header("x-amzn-errortype") == type)
                #expect(response.body.hasPrefix(expected), "\(response.body)")
            }
            try await check(
                "/dev/@connections/a%22b", body: "x", 400, "BadRequestException",
                #"{"message":"Invalid connectionId: a\"b"}"#)
            try await check(
                "/none/@connections/\(id)", body: "x", 403, "ForbiddenException", #"{"message":"Forbidden"}"#)
            try await check("/other/@connections/\(id)", body: "x", 410, "GoneException", "")
            try await check("/dev/@connections/AAAAAAAAAAAAAAA=", body: "x", 410, "GoneException", "")
            let limit = 128 * 1024
            try await check(
                "/dev/@connections/\(id)", body: String(repeating: "x", count: limit + 1), 413,
                "PayloadTooLargeException",
                #"{"message":"Message too long", "connectionId":"\#(id)","requestId":""#)
            let full = String(repeating: "y", count: limit)
            #expect(try await http.request("POST", "/dev/@connections/\(id)", body: full).status == 200)
            #expect(try await socket.text() == full)
            try await http.send("POST /dev/@connections/\(id) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n")
            try await http.send([0xC3, 0x28])
            #expect(try await http.response().status == 400)

            let huge = try await http.request(
                "POST", "/dev/@connections/\(id)", body: String(repeating: "x", count: 4 * limit))
            #expect(huge.status == 413)
            #expect(huge.header("connection") == "close")
        }
    }

    @Test("Pipelined requests are answered in order on one connection")
    func pipelining() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            let operation = "Host: localhost\r\nX-Amz-Target: AWSEvents.PutEvents\r\n"
            let body = #"{"Entries":[{"Source":"s","DetailType":"d","Detail":"{}"}]}"#
            let length = String(body.utf8.count - 1, radix: 16)
            try await client.send(
                "POST / HTTP/1.1\r\n\(operation)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                    + "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    + "POST /base HTTP/1.1\r\n\(operation)Transfer-Encoding: chunked\r\n\r\n"
                    + "1\r\n{\r\n\(length)\r\n\(body.dropFirst())\r\n0\r\n\r\n"
                    + "HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    + "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(try await client.response().body.hasPrefix(#"{"FailedEntryCount":0,"#))
            #expect(try await client.response().body == #"{"status":"ok"}"#)
            #expect(try await client.response().body.hasPrefix(#"{"FailedEntryCount":0,"#))
            let head = try await client.head()
            #expect(head.status == 200)
            #expect(head.header("content-length") == "15")
            let last = try await client.response()
            #expect(last.status == 403)
            #expect(last.header("connection") == "close")
            #expect(await client.isClosedByServer())
        }
    }

    @Test("A body streams to its door while it arrives, and 100 Continue is sent to who waits for it")
    func streaming() async throws {
        try await GatewayUnderTest.run { gateway in
            let socket = try await TestClient(port: gateway.port)
            try await socket.upgrade()
            _ = try await socket.ask(#"{"action":"pattern","pattern":{"detail":{"n":[0, 199]}}}"#)
            let client = try await TestClient(port: gateway.port)
            try await client.send(
                "POST /dev/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
                    + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.head().status == 100)
            let padding = String(repeating: "x", count: 100_000)
            for n in 0..<200 {
                let line = #"{"source":"s","detail-type":"d","detail":{"n":\#(n),"x":"\#(padding)"}}"# + "\n"
                try await client.send("\(String(line.utf8.count, radix: 16))\r\n\(line)\r\n")
                // The first event is out before the body ends.
                if n == 0 { #expect(try await socket.text().contains(#"{"n":0,"#)) }
            }
            try await client.send("0\r\n\r\n")
            #expect(try await client.response().body.hasPrefix(#"{"FailedEntryCount":0,"EntryCount":200,"#))
            #expect(try await socket.text().contains(#"{"n":199,"#))
            #expect(try await client.request("GET", "/health").status == 200)
        }
    }

    @Test("Requests that are not HTTP or too large are refused, and the connection ends")
    func badRequests() async throws {
        try await GatewayUnderTest.run { gateway in
            for (request, status) in [
                ("hello\r\n\r\n", "400"), ("GET / HTTP/2.0\r\n\r\n", "400"),
                ("GET / HTTP/1.1\r\nHost: localhost\r\nA: \(String(repeating: "a", count: 70_000))\r\n\r\n", "431"),
                ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", "413"),
                ("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: other\r\nConnection: close\r\n\r\n", "400"),
                (
                    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                    "400"
                ),
            ] {
                let client = try await TestClient(port: gateway.port)
                try await client.send(request)
                #expect(try await client.head().status == Int(status), "\(request.prefix(40))")
            }
        }
    }

    @Test("A connection ends when its first request or the next one does not come")
    func idleLimits() async throws {
        try await GatewayUnderTest.run {
            $0.sweepInterval = .milliseconds(5)
            $0.http.headTimeLimit = .milliseconds(20)
        } _: { gateway in
            let client = try await TestClient(port: gateway.port)
            #expect(await client.isClosedByServer())
        }
        try await GatewayUnderTest.run {
            $0.sweepInterval = .milliseconds(5)
            $0.http.keepAliveTimeLimit = .milliseconds(500)
        } _: { gateway in
            let client = try await TestClient(port: gateway.port)
            #expect(try await client.request("GET", "/health").status == 200)
            #expect(await client.isClosedByServer())
        }
    }

    @Test("A body that comes too slowly is refused with 408", arguments: ["/dev/matches", "/dev/events"])
    func slowBody(target: String) async throws {
        try await GatewayUnderTest.run {
            $0.sweepInterval = .milliseconds(5)
            $0.http.bodyGraceTime = .milliseconds(20)
            $0.http.bodyBytesPerSecondMin = 1_000_000
            $0.http.streamIdleTimeLimit = .milliseconds(20)
        } _: { gateway in
            let client = try await TestClient(port: gateway.port)
            try await client.send("POST \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
            let response = try await client.response()
            #expect(response.status == 408)
            #expect(response.header("connection") == "close")
        }
    }

    @Test("The client for browsers is served to pages of every origin that may come, and kept by its tag")
    func script() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            let script = try await client.request("GET", "/lambdaless.js")
            #expect(script.status == 200)
            #expect(script.body.hasPrefix("/**\n * A client for Lambdaless brokers"))
            #expect(script.body.contains("export function subscribe("))
            #expect(script.header("content-type") == "text/javascript; charset=utf-8")
            #expect(script.header("access-control-allow-origin") == "*")
            let tag = try #require(script.header("etag"))
            for tags in [tag, "W/\(tag)", "\"other\", \(tag)"] {
                let same = try await client.request("GET", "/lambdaless.js", headers: [("If-None-Match", tags)])
                #expect(same.status == 304)
                #expect(same.header("etag") == tag && same.header("content-length") == nil)
            }
            let other = try await client.request("GET", "/lambdaless.js", headers: [("If-None-Match", "\"other\"")])
            #expect(other.status == 200 && other.body == script.body)
            let foreign = [("Origin", "https://evil.example")]
            #expect(try await client.request("GET", "/lambdaless.js", headers: foreign).status == 403)
        }
    }

    @Test("Paths and methods that are not there are told apart")
    func misses() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            let unknown = try await client.request("GET", "/dev/nothing")
            #expect(unknown.status == 404)
            #expect(unknown.header("x-amzn-errortype") == "NotFoundException")
            let method = try await client.request("PUT", "/dev/events", body: "x")
            #expect(method.status == 405)
            #expect(method.header("allow") == "POST, GET")
        }
    }

    @Test("A page of another site cannot publish; a listed one can")
    func origin() async throws {
        try await GatewayUnderTest.run {
            $0.allowedOrigins = ["https://app.example"]
        } _: { gateway in
            for (origin, status) in [
                ("https://evil.example", 403), ("null", 403), ("https://app.example", 200),
                ("http://localhost:3000", 200),
            ] {
                let client = try await TestClient(port: gateway.port)
                let response = try await client.request(
                    "POST", "/dev/events", headers: [("Origin", origin)], body: Self.event)
                #expect(response.status == status, "\(origin)")
            }
        }
    }

    @Test("Matches are told for an event, and followed live")
    func matches() async throws {
        try await GatewayUnderTest.run { gateway in
            let one = try await TestClient(port: gateway.port)
            try await one.upgrade()
            let id = try await one.connectionID()
            _ = try await one.ask(#"{"action":"pattern","pattern":{"detail-type":["a"]}}"#)
            let two = try await TestClient(port: gateway.port)
            try await two.upgrade()
            _ = try await two.ask(#"{"action":"pattern","pattern":{"detail-type":["A"]}}"#)

            let http = try await TestClient(port: gateway.port)
            let event = #"{"detail-type":"a"}"#
            let match = #"{"matches":[{"connectionId":"\#(id)","pattern":"{\"detail-type\":[\"a\"]}"}],"misses":["#
            #expect(try await http.request("POST", "/dev/matches", body: event).body == match + "]}")
            let all = try await http.request("POST", "/dev/matches?all=true", body: event).body
            #expect(all.hasPrefix(match + #"{"connectionId":""#))
            #expect(all.contains(#""reason":"detail-type: the value differs in case only"#), "\(all)")
            let bad = try await http.request("POST", "/dev/matches", body: "{")
            #expect(bad.status == 400)
            #expect(bad.body.contains("line 1, column"))

            try await http.send("GET /dev/matches HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await http.head().header("content-type") == "application/x-ndjson")
            try await gateway.publish("a")
            let line = try await http.chunk()
            #expect(line.contains(#","sequence":1,"connectionIds":["\#(id)"]}"#) && line.hasSuffix("\n"), "\(line)")
            await gateway.stop()
            #expect(try await http.chunk() == "", "shutdown ends the stream as it should end")
            #expect(await http.isClosedByServer())
        }
    }

    @Test("Stats tell how full the index is, and with what")
    func stats() async throws {
        try await GatewayUnderTest.run { gateway in
            let http = try await TestClient(port: gateway.port)
            let empty = try await http.request("GET", "/dev/stats")
            #expect(empty.header("content-type") == "application/json")
            let form =
                #/\{"patterns":0,"distinct":0,"conjunctions":0,"fields":0,"tests":\{\},"unconditional":0,"longestLists":\[\],"bytes":\d+,"operandBytes":0,"bytesPerDistinctPattern":null\}/#
            #expect(empty.body.wholeMatch(of: form) != nil, "\(empty.body)")

            let pattern = #"{"detail":{"a\n\"":["x"],"b":[{"numeric":[">",1]},{"exists":false}]}}"#
            var sockets: [TestClient] = []
            for pattern in [pattern, pattern, #"{"c":[{"exists":false}]}"#] {
                let socket = try await TestClient(port: gateway.port)
                try await socket.upgrade()
                _ = try await socket.ask(#"{"action":"pattern","pattern":\#(pattern)}"#)
                sockets.append(socket)
            }
            let body = try await http.request("GET", "/dev/stats").body
            let answer = try JSONValue(parsing: Array(body.utf8))
            #expect(answer["patterns"] == 3 && answer["distinct"] == 2 && answer["conjunctions"] == 2, "\(body)")
            #expect(answer["fields"] == 4 && answer["unconditional"] == 1, "\(body)")
            #expect(answer["tests"] == ["string": 1, "range": 1, "anyOf": 1, "absent": 2], "\(body)")
            #expect(answer["longestLists"] == [["test": "detail.a\n\" string", "count": 1]], "\(body)")
            let bytes = try #require(answer["bytes"]?.integer)
            #expect(answer["bytesPerDistinctPattern"] == .integer((bytes + 1) / 2), "\(body)")
            #expect(answer["operandBytes"]?.integer ?? 0 > 0, "\(body)")
            for socket in sockets { #expect(try await socket.connectionID().count == 16) }
        }
    }

    @Test("The log tells what it holds, how far it reaches, and how fast it grows")
    func log() async throws {
        try await GatewayUnderTest.run { gateway in
            let http = try await TestClient(port: gateway.port)
            let empty = try await http.request("GET", "/dev/log")
            #expect(empty.header("content-type") == "application/json")
            let nothing = #""events":0,"bytes":0,"oldest":null,"newest":null,"lastMinute":0,"lastHour":0"#
            #expect(empty.body == #"{"bus":"default",\#(nothing)}"#)
            for _ in 1...3 { try await gateway.publish("a") }
            let body = try await http.request("GET", "/dev/log").body
            let answer = try JSONValue(parsing: Array(body.utf8))
            #expect(answer["events"] == 3 && answer["lastMinute"] == 3 && answer["lastHour"] == 3, "\(body)")
            #expect(answer["oldest"]?["sequence"] == 1 && answer["newest"]?["sequence"] == 3, "\(body)")
            let time = try #require(answer["newest"]?["time"]?.string)
            let id = try #require(answer["newest"]?["id"]?.string.flatMap { EventID($0) })
            #expect(RFC3339.milliseconds(time) == id.time)
        }
    }

    @Test("Stats of a bus that has ended are not there")
    func statsAfterTheEnd() async throws {
        try await GatewayUnderTest.run { gateway in
            gateway.bus.stop()
            let http = try await TestClient(port: gateway.port)
            // The bus ends a moment later than it is told to.
            while try await http.request("GET", "/dev/stats").status == 200 { await Task.yield() }
            let response = try await http.request("GET", "/dev/stats")
            #expect(response.status == 503)
            #expect(response.header("x-amzn-errortype") == "ServiceUnavailableException")
        }
    }

    @Test("Metrics are Prometheus text")
    func metrics() async throws {
        let registry = PrometheusRegistry()
        try await GatewayUnderTest.run {
            $0.metricsFactory = registry
            $0.metricsText = { registry.text() }
        } _: { gateway in
            let socket = try await TestClient(port: gateway.port)
            try await socket.upgrade()
            _ = try await socket.connectionID()
            let http = try await TestClient(port: gateway.port)
            let response = try await http.request("GET", "/metrics")
            #expect(response.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
            let lines = response.body.split(separator: "\n")
            for line in [
                "# TYPE lambdaless_connections gauge", "lambdaless_connections 1",
                "lambdaless_messages_received_total{route=\"GET_CONNECTION_ID\"} 1",
                "lambdaless_http_requests_total{route=\"connect\",status=\"1xx\"} 1",
                "lambdaless_messages_sent_total 1",
            ] {
                #expect(lines.contains(line[...]), "\(line) in \(response.body)")
            }
        }
    }

    @Test("With credentials the publish and callback doors ask for a signature, the others do not")
    func signatures() async throws {
        let credential = Credential(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret")
        let text = "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n"
        let verifier = SignatureVerifier(credentials: try CredentialStore(file: text))
        let now: Int64 = 1_795_215_515
        try await GatewayUnderTest.run {
            $0.verifier = { request, payload, service throws(AccessError) in
                try verifier.verify(request, payload: payload, service: service, now: now)
            }
        } _: { gateway in
            let client = try await TestClient(port: gateway.port)
            #expect(try await client.request("GET", "/health").status == 200)
            #expect(try await TestClient(port: gateway.port).upgrade().status == 101)
            let missing = try await client.request("POST", "/dev/events", body: "{}")
            #expect(missing.status == 400)
            #expect(missing.header("x-amzn-errortype") == "MissingAuthenticationTokenException")
            #expect(try await client.request("GET", "/dev/@connections").status == 403)
            #expect(try await client.request("GET", "/dev/stats").status == 403)
            #expect(try await client.request("GET", "/dev/log").status == 403)
            let operation = try await client.request(
                "POST", "/", headers: [("X-Amz-Target", "AWSEvents.X")], body: "{}")
            #expect(operation.body.hasPrefix(#"{"__type":"MissingAuthenticationTokenException","message":""#))

            let signer = RequestSigner(credential: credential, region: "us-east-1")
            func signed(_ method: String, _ target: String, _ service: SigningService, _ body: String) async throws
                -> Int
            {
                let request = SignableRequest(method: method, target: target, headers: [("Host", "127.0.0.1")])
                let headers = signer.sign(request, payload: .bytes(Array(body.utf8)), service: service, now: now)
                let sent = headers.map { ($0.name, $0.value) }
                return try await client.request(method, target, headers: sent, body: body).status
            }
            #expect(try await signed("POST", "/dev/events", .events, Self.event) == 200)
            #expect(try await signed("POST", "/dev/events", .executeAPI, Self.event) == 400)
            #expect(try await signed("GET", "/dev/stats", .executeAPI, "") == 200)
            #expect(try await signed("GET", "/dev/stats", .events, "") == 403)
            #expect(try await signed("GET", "/dev/log", .executeAPI, "") == 200)
            #expect(try await signed("POST", "/dev/@connections/AAAAAAAAAAAAAAA%3D", .executeAPI, "x") == 410)
        }
    }

    @Test(
        "A port that is taken, an open address without credentials, a bad stage, and an origin that no browser sends are refused with a reason"
    )
    func startErrors() async throws {
        try await GatewayUnderTest.run { gateway in
            let taken = gateway.port
            await #expect(throws: GatewayError.portInUse(host: "127.0.0.1", port: taken)) {
                try await GatewayUnderTest.run({ $0.port = taken }) { _ in }
            }
        }
        await #expect(throws: GatewayError.anonymousNotAllowed(host: "0.0.0.0")) {
            try await GatewayUnderTest.run({ $0.host = "0.0.0.0" }) { _ in }
        }
        for stage in ["", "a b", "health", "ä"] {
            await #expect(throws: GatewayError.invalidStage(stage)) {
                try await GatewayUnderTest.run({ $0.stages = [stage] }) { _ in }
            }
        }
        for origin in ["foo", "*", "app.example.com", "https://", "https://a/", "https://*.a", "https://a b"] {
            await #expect(throws: GatewayError.invalidOrigin(origin)) {
                try await GatewayUnderTest.run({ $0.allowedOrigins = ["https://a:81", "null", origin] }) { _ in }
            }
        }
    }
}
