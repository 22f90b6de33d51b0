import Gateway
import Testing

@Suite("Routing")
struct RoutingTests {
    @Test(
        "A message's action chooses its route",
        arguments: [
            (#"{"action":"pattern","pattern":{"a":["b"]}}"#, .pattern(text: Array(#"{"a":["b"]}"#.utf8))),
            (
                #" {"pattern" : { "a" : [ 1 ] } , "action" : "pattern" } "# + "\n",
                .pattern(text: Array(#"{ "a" : [ 1 ] }"#.utf8))
            ),
            (#"{"action":"pattern","pattern":"{\"a\":[\"é\"]}"}"#, .pattern(text: Array(#"{"a":["é"]}"#.utf8))),
            (
                #"{"action":"pattern","pattern":{},"from":"Latest"}"#,
                .pattern(text: Array("{}".utf8), startsNow: true)
            ),
            (
                #"{"action":"x","action":"pattern","pattern":{},"pattern":{"b":[1]}}"#,
                .pattern(text: Array(#"{"b":[1]}"#.utf8))
            ),
            (#"{"\u0061ction":"unsubscribe"}"#, .unsubscribe),
            (#"{"action":"GET_CONNECTION_ID"}"#, .connectionID),
            (#"{"action":"sendmessage","data":"a\nb"}"#, .sendMessage(data: Array("a\nb".utf8))),
            (#"{"action":"sendmessage","data":{"a":1}}"#, .sendMessage(data: Array(#"{"a":1}"#.utf8))),
            (#"{"action":"sendmessage"}"#, .sendMessage(data: nil)),
            (#"{"action":"Pattern"}"#, .unknown), (#"{"action":["pattern"]}"#, .unknown), (#"{"action":1}"#, .unknown),
            (#"["pattern"]"#, .unknown), ("hello", .unknown), ("", .unknown), ("\n", .unknown), ("{}", .unknown),
            (#"{"action":"unsubscribe"} x"#, .unknown), (#"{"action":"unsubscribe""#, .unknown),
        ] as [(String, MessageRoute)])
    func messages(message: String, route: MessageRoute) {
        #expect(MessageRoute(Array(message.utf8)) == route)
    }

    @Test(
        "A pattern that cannot be one is said to be what it is",
        arguments: [
            (#"{"action":"pattern"}"#, "missing"), (#"{"action":"pattern","pattern":null}"#, "null"),
            (#"{"action":"pattern","pattern":17}"#, "a number"), (#"{"action":"pattern","pattern":true}"#, "a boolean"),
        ])
    func noPattern(message: String, found: String) {
        let wanted = #"it is to be an object like {"source":["my.app"]}, or its text."#
        let said = "The member pattern is \(found); \(wanted)"
        #expect(MessageRoute(Array(message.utf8)) == .invalidPattern(message: said))
    }

    private func route(_ method: String, _ path: String, isOperation: Bool = false) -> Result<HTTPRoute, HTTPRoute.Miss>
    {
        Result { () throws(HTTPRoute.Miss) in
            try HTTPRoute(method: method, path: path, stages: ["dev", "a-b_1"], isOperation: isOperation)
        }
    }

    @Test(
        "A path leads to its door in every spelling that clients use",
        arguments: [
            ("GET", "/health", .health), ("HEAD", "/health", .health), ("GET", "/metrics", .metrics),
            ("GET", "/lambdaless.js", .script), ("POST", "/", .operation), ("GET", "/dev", .connect(stage: "dev")),
            ("GET", "/dev/", .connect(stage: "dev")),
            ("GET", "/a%2Db_1", .connect(stage: "a-b_1")),
            ("POST", "/dev/@connections/L0SM9cOFvHcCIhw=", .connection(stage: "dev", id: "L0SM9cOFvHcCIhw=")),
            ("GET", "/dev/@connections/L0SM9cOFvHcCIhw%3D", .connection(stage: "dev", id: "L0SM9cOFvHcCIhw=")),
            ("DELETE", "/dev/%40connections/a%2Fb", .connection(stage: "dev", id: "a/b")),
            ("POST", "/@connections/abc", .connection(stage: nil, id: "abc")),
            ("POST", "/%40connections/abc%3d", .connection(stage: nil, id: "abc=")),
            ("GET", "/dev/@connections", .connections(stage: "dev")),
            ("GET", "/@connections", .connections(stage: nil)),
            ("POST", "/dev/events", .publish(stage: "dev")), ("GET", "/dev/matches", .matches(stage: "dev")),
            ("GET", "/dev/stats", .stats(stage: "dev")), ("GET", "/dev/log", .log(stage: "dev")),
        ] as [(String, String, HTTPRoute)])
    func paths(method: String, path: String, expected: HTTPRoute) {
        #expect(route(method, path) == .success(expected))
    }

    @Test("An AWS JSON operation is taken below any base path")
    func operations() {
        #expect(route("POST", "/base/path", isOperation: true) == .success(.operation))
        #expect(route("POST", "/dev", isOperation: true) == .success(.operation))
        #expect(route("GET", "/elsewhere", isOperation: true) == .failure(.unknownStage))
    }

    @Test("What is not there is told apart: the stage, the path, the method")
    func misses() {
        #expect(route("GET", "/other") == .failure(.unknownStage))
        #expect(route("POST", "/other/@connections/abc") == .failure(.unknownStage))
        #expect(route("GET", "/dev/nothing") == .failure(.unknownPath))
        #expect(route("GET", "/lambdaless.js/x") == .failure(.unknownStage))
        #expect(route("POST", "/dev/@connections/a/b") == .failure(.unknownPath))
        #expect(route("POST", "/dev/events/x") == .failure(.unknownPath))
        #expect(route("GET", "*") == .failure(.unknownPath))
        #expect(route("PUT", "/dev/@connections/a") == .failure(.methodNotAllowed(allowed: ["POST", "GET", "DELETE"])))
        #expect(route("GET", "/dev/stats/x") == .failure(.unknownPath))
        #expect(route("DELETE", "/dev/log") == .failure(.methodNotAllowed(allowed: ["GET"])))
        #expect(route("POST", "/dev/stats") == .failure(.methodNotAllowed(allowed: ["GET"])))
        #expect(route("POST", "/dev") == .failure(.methodNotAllowed(allowed: ["GET"])))
    }

    @Test(
        "Percent-encoding is undone byte by byte",
        arguments: [
            ("a%20b", "a b"), ("%C3%A9", "é"), ("a+b", "a+b"), ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%%41", "%A"),
            ("%25%34%31", "%41"), ("%FF", nil), ("", ""),
        ] as [(String, String?)])
    func percent(encoded: String, decoded: String?) {
        #expect(PercentCoding.decode(encoded) == decoded)
    }

    @Test("A form's plus is a space, and its parameters keep their order")
    func form() {
        let parameters = PercentCoding.formParameters("a=1+2&b&&c=%2B&a=3&d=%FF")
        #expect(parameters.map(\.name) == ["a", "b", "c", "a"])
        #expect(parameters.map(\.value) == ["1 2", "", "+", "3"])
    }

    @Test("Without credentials only pages of this machine and listed ones may come")
    func origins() {
        var configuration = GatewayConfiguration()
        var rule = OriginRule(configuration)
        #expect(rule.permits(nil))
        let loopback = [
            "http://localhost", "http://LOCALHOST:8080", "https://127.0.0.1:3000", "http://[::1]:8080",
            "http://127.9.9.9",
            "http://app.localhost",
        ]
        for origin in loopback {
            #expect(rule.permits(origin), "\(origin)")
        }
        let foreign = [
            "https://evil.example", "null", "", "http://localhost.evil.example", "http://127.0.0.1.evil.example",
            "http://evil.example/127.0.0.1", "http://127.0.0.256", "http://[::2]", "file://", "http://evil@127.0.0.1",
        ]
        for origin in foreign {
            #expect(!rule.permits(origin), "\(origin)")
        }
        configuration.allowedOrigins = ["https://App.example"]
        rule = OriginRule(configuration)
        #expect(rule.permits("https://app.example"))
        #expect(!rule.permits("http://app.example"))
    }

    @Test("A gateway for this machine only is not called by names that could be anybody's")
    func hosts() {
        var configuration = GatewayConfiguration()
        let local = ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "192.0.2.1", "app.localhost", "LOCALHOST"]
        for host in local {
            #expect(OriginRule(configuration).permits(host: host), "\(host)")
        }
        #expect(OriginRule(configuration).permits(host: nil))
        for host in ["evil.example:8080", "127.0.0.1.evil.example", "", "localhost.evil.example"] {
            #expect(!OriginRule(configuration).permits(host: host), "\(host)")
        }
        configuration.allowedOrigins = ["https://App.example:8443"]
        #expect(OriginRule(configuration).permits(host: "app.example"))
        configuration.allowAnonymous = true
        #expect(OriginRule(configuration).permits(host: "broker.example"))
    }
}
