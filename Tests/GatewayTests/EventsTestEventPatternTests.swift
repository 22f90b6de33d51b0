import Gateway
import JSONDocument
import Testing

@Suite("TestEventPattern")
struct EventsTestEventPatternTests {
    private static let event =
        #"{"id":"1","account":"2","source":"s","time":"t","region":"r","detail-type":"d","detail":{"a":1}}"#

    private func ask(_ pattern: String, _ event: String, length: Int? = nil) async -> (status: Int, body: String) {
        let body: JSONValue = ["EventPattern": .string(pattern), "Event": .string(event)]
        let text = String(decoding: body.serialized(), as: UTF8.self)
        return await EventsDoorUnderTest { $0.patternLengthMax = length }.call("TestEventPattern", text)
    }

    @Test("It says whether the event matches")
    func result() async {
        for (pattern, result) in [(#"{"source":["s"]}"#, true), (#"{"detail":{"a":[2]}}"#, false)] {
            let answer = await ask(pattern, Self.event)
            #expect(answer.status == 200)
            #expect(answer.body == #"{"Result":\#(result)}"#)
        }
    }

    @Test("A detail that is a JSON text in a string is a string")
    func stringDetail() async {
        let event = Self.event.replacing(#"{"a":1}"#, with: #""{\"a\":1}""#)
        #expect(await ask(#"{"detail":{"a":[1]}}"#, event).body == #"{"Result":false}"#)
    }

    @Test("What follows the event does not count")
    func trailing() async {
        #expect(await ask(#"{"source":["s"]}"#, Self.event + " and more }").body == #"{"Result":true}"#)
    }

    @Test("An invalid pattern is an InvalidEventPatternException, in EventBridge's words")
    func invalidPattern() async throws {
        let answer = await ask(#"{"source":"x"}"#, Self.event)
        #expect(answer.status == 400)
        let error = try JSONValue(parsing: Array(answer.body.utf8))
        #expect(error["__type"] == "InvalidEventPatternException")
        #expect(
            error["message"]?.string == #"Event pattern is not valid. Reason: "source" must be an object or an array"#
                + "\n at [Source: (String)\"{\"source\":\"x\"}\"; line: 1, column: 12]")
    }

    @Test(
        "An event that lacks what every event has is not valid",
        arguments: ["", "[]", "1", "{", #"{"a":01}"#, "nonsense"]
            + ["id", "account", "source", "time", "region", "detail-type"].map {
                event.replacing("\"\($0)\":", with: "\"x\":")
            })
    func invalidEvent(event: String) async {
        let answer = await ask(#"{"source":["s"]}"#, event)
        #expect(answer.status == 400)
        #expect(answer.body == #"{"__type":"ValidationException","message":"Parameter Event is not valid."}"#)
    }

    @Test("Parameters that are missing or of another type are named")
    func parameters() async {
        let test = EventsDoorUnderTest()
        let missing = await test.call("TestEventPattern", "{}")
        #expect(
            missing.body == #"{"__type":"ValidationException","message":"2 validation errors detected: "#
                + "Value null at 'eventPattern' failed to satisfy constraint: Member must not be null; "
                + #"Value null at 'event' failed to satisfy constraint: Member must not be null"}"#)
        for body in ["", "[]", "{", #"{"EventPattern":{},"Event":""}"#, #"{"EventPattern":"","Event":1}"#] {
            let answer = await test.call("TestEventPattern", body)
            #expect(answer.status == 400)
            #expect(answer.body.hasPrefix(#"{"__type":"SerializationException","message":""#), "\(answer.body)")
        }
    }

    @Test("A pattern's length is limited only when EventBridge's limits are asked for")
    func length() async {
        let pattern = #"{"source":["s","\#(String(repeating: "x", count: 5_000))"]}"#
        #expect(await ask(pattern, Self.event).body == #"{"Result":true}"#)
        let answer = await ask(pattern, Self.event, length: 4_096)
        #expect(answer.status == 400)
        #expect(answer.body.contains("at 'eventPattern' failed to satisfy constraint: Member must have length less"))
    }
}
