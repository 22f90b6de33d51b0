import Broker
import EventLog
import Gateway
import JSONDocument
import Testing

@Suite("POST /{stage}/events: events and arrays")
struct EventsPublishDoorTests {
    private let short = #"{"source":"s","detail-type":"d","detail":{}}"#

    @Test("The short form becomes an envelope, and the detail's spelling stays")
    func shortForm() async throws {
        let test = EventsDoorUnderTest()
        let answer = await test.publish(
            #" {"detail": {"n":1.00, "big":12345678901234567890123, "a":1,"a":2},"source":"s","detail-type":"d"} "#)
        #expect(answer.status == 200)
        #expect(try outcomes(answer.body) == ["ok"])
        #expect(
            test.events == [
                #"{"version":"0","detail-type":"d","source":"s","account":"000000000000","time":"2022-07-13T13:48:01Z","#
                    + #""region":"us-east-1","resources":[],"#
                    + #""detail":{"n":1.00, "big":12345678901234567890123, "a":1,"a":2}}"#
            ])
    }

    @Test("A full envelope keeps its account, region, time and resources, and gets an id of its own")
    func envelope() async throws {
        let test = EventsDoorUnderTest()
        let id = "12345678-1234-1234-1234-123456789012"
        let answer = await test.publish(
            #"{"version":"0","id":"\#(id)","detail-type":"d","source":"s","account":"123456789012","#
                + #""time":"2020-01-01T00:00:00Z","region":"eu-west-1","resources":["r"],"detail":{"a":1},"more":1}"#)
        #expect(try outcomes(answer.body) == ["ok"])
        #expect(!answer.body.contains(id))
        #expect(
            test.events == [
                #"{"version":"0","detail-type":"d","source":"s","account":"123456789012","#
                    + #""time":"2020-01-01T00:00:00Z","region":"eu-west-1","resources":["r"],"detail":{"a":1}}"#
            ])
    }

    @Test("An array has a result for each event, in order")
    func array() async throws {
        let test = EventsDoorUnderTest { $0.batchEventsMax = 2 }
        let answer = await test.publish(
            "[\(short),1,{},\(short),\n {\"source\":\"aws.s3\",\"detail-type\":\"d\",\"detail\":{}},\(short)]")
        #expect(answer.status == 200)
        #expect(
            try outcomes(answer.body) == [
                "ok", "MalformedEvent", "InvalidArgument", "ok", "NotAuthorizedForSourceException", "ok",
            ])
        #expect(answer.body.contains("is a number (line 1, column \(short.count + 3))"))
        #expect(test.events.count == 3)
    }

    @Test("An empty array is nothing to do")
    func emptyArray() async throws {
        let answer = await EventsDoorUnderTest().publish("[]")
        #expect(answer.status == 200)
        #expect(answer.body == #"{"FailedEntryCount":0,"Entries":[]}"#)
    }

    @Test(
        "What is wrong with an event is said with its place",
        arguments: [
            (#"{"source":"s","detail-type":"d","detail":"{}"}"#, "MalformedDetail", "a string (line 1, column 42)"),
            (#"{"source":"s","detail-type":"d","detail":[1]}"#, "MalformedDetail", "an array (line 1, column 42)"),
            (#"{"source":"s","detail-type":"d"}"#, "InvalidArgument", "detail is a required argument."),
            (#"{"source":"s","detail-type":"d","detail":null}"#, "InvalidArgument", "detail is a required argument."),
            (#"{"source":"","detail-type":"d","detail":{}}"#, "InvalidArgument", "source is a required argument."),
            (#"{"source":"s","detail":{}}"#, "InvalidArgument", "detail-type is a required argument."),
            (#"{"source":5,"detail-type":"d","detail":{}}"#, "InvalidArgument", "a number (line 1, column 11)"),
            (#"{"source":"s","detail-type":"d","detail":{},"resources":"r"}"#, "InvalidArgument", "array of strings"),
            (#"{"source":"s","detail-type":"d","detail":{},"time":"now"}"#, "InvalidArgument", "2026-11-21T01:02:03Z"),
            (#"{"source":"s","detail-type":"d","detail":{},"region":1}"#, "InvalidArgument", "line 1, column 54"),
            (#"{"Source":"s","DetailType":"d","Detail":"{}"}"#, "InvalidArgument", "Entries of PutEvents go to POST /"),
            (#"{"Entries":[]}"#, "InvalidArgument", "Entries of PutEvents go to POST /"),
            (
                #"{"source":"s","detail-type":"d","detail":{},"DeduplicationId":"o-6"}"#, "InvalidArgument",
                "Idempotency-Key names all events of a request (line 1, column 63)"
            ),
            (#"{"specversion":"1.0","source":"s"}"#, "InvalidArgument", "application/cloudevents+json"),
        ])
    func faults(event: String, code: String, words: String) async throws {
        let test = EventsDoorUnderTest()
        let answer = await test.publish(event)
        #expect(answer.status == 400)
        #expect(try outcomes(answer.body) == [code])
        #expect(answer.body.contains(words), "\(answer.body)")
        #expect(test.events.isEmpty)
    }

    @Test(
        "A body that is no JSON is refused whole, with the place and what to do",
        arguments: [
            ("", "line 1, column 1"), ("{", "column"), (#"{"a":1} {"a":2}"#, "application/x-ndjson"), ("1", "object"),
            ("[1,]", "line 1, column 4"), ("[{}", "array of events"), ("{\n\"a\" 1}", "line 2"),
        ])
    func notJSON(body: String, words: String) async throws {
        let answer = await EventsDoorUnderTest().publish(body)
        #expect(answer.status == 400)
        #expect(answer.body.hasPrefix(#"{"__type":"SerializationException","message":"The body is not JSON: "#))
        #expect(answer.body.contains(words), "\(answer.body)")
    }

    @Test("The content type does not have to be said", arguments: [nil, "application/x-www-form-urlencoded", ""])
    func anyType(type: String?) async throws {
        #expect(try outcomes(await EventsDoorUnderTest().publish(short, type).body) == ["ok"])
    }

    @Test("Limits are named when they are passed")
    func limits() async throws {
        let document = await EventsDoorUnderTest { $0.documentBytesMax = 50 }.publish([
            Array(short.utf8), Array("      ".utf8),
        ])
        #expect(document.status == 200)
        let tooLong = await EventsDoorUnderTest { $0.documentBytesMax = 49 }.publish([
            Array(short.utf8), Array("      ".utf8),
        ])
        #expect(tooLong.status == 413)
        #expect(tooLong.body.contains("49 bytes"))
        let event = await EventsDoorUnderTest { $0.eventBytesMax = 3 }.publish(short)
        #expect(event.status == 400)
        #expect(event.body.contains("has 4 bytes, which is over the limit of 3"))
        let text = String(repeating: "\\u00e9", count: 400_000)
        let large = await EventsDoorUnderTest().publish(#"{"source":"s","detail-type":"d","detail":{"a":"\#(text)"}}"#)
        #expect(try outcomes(large.body) == ["ok"])
    }

    @Test("A bus that has stopped answers 503, and one that took something 200")
    func status() async throws {
        let test = EventsDoorUnderTest()
        #expect(await test.publish("[{},\(short)]").status == 200)
        #expect(await test.publish("[{},{}]").status == 400)
        test.bus.stop()
        let answer = await test.publish("[{},\(short)]")
        #expect(answer.status == 503)
        #expect(try outcomes(answer.body) == ["InvalidArgument", "InternalFailure"])
    }
}
