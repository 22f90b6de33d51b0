import Broker
import EventLog
import Gateway
import Testing

@Suite("PutEvents")
struct EventsPutEventsTests {
    private func entries(_ entries: String...) -> String { #"{"Entries":[\#(entries.joined(separator: ","))]}"# }
    private let good = #"{"Source":"s","DetailType":"d","Detail":"{}"}"#

    @Test("An entry becomes an envelope, with the detail's own spelling")
    func envelope() async throws {
        let test = EventsDoorUnderTest()
        let answer = await test.call(
            "PutEvents",
            entries(
                #"{"Source":"my.app","DetailType":"Order \u0022Placed\u0022","#
                    + #""Detail":"{ \"n\": 1.50, \"t\": \"\\u00e9\" }","Resources":["arn:x","é"],"#
                    + #""EventBusName":"default","TraceHeader":"Root=1","Unknown":[1]}"#))
        #expect(answer.status == 200)
        #expect(try outcomes(answer.body) == ["ok"])
        #expect(
            test.events == [
                #"{"version":"0","detail-type":"Order \"Placed\"","source":"my.app","account":"000000000000","#
                    + #""time":"2022-07-13T13:48:01Z","region":"us-east-1","resources":["arn:x","é"],"#
                    + #""detail":{ "n": 1.50, "t": "\u00e9" }}"#
            ])
        let id = try #require(answer.body.firstMatch(of: /"EventId":"(.*?)"/)).1
        #expect(test.envelopes[0].contains(#""id":"\#(id)""#))
    }

    @Test("Each entry has its own result, in order, and the good ones are published")
    func results() async throws {
        let test = EventsDoorUnderTest()
        let answer = await test.call(
            "PutEvents",
            entries(
                good, #"{"DetailType":"d","Detail":"{}"}"#, #"{"Source":"","Detail":"{}"}"#,
                #"{"Source":"s","Detail":"{}"}"#, #"{"Source":"s","DetailType":"d","Detail":null}"#,
                #"{"Source":"aws.ec2","DetailType":"d","Detail":"{}"}"#,
                #"{"Source":"s","DetailType":"d","Detail":"{\"a\":"}"#, good))
        #expect(answer.status == 200)
        let required = { (name: String) in
            #"{"ErrorCode":"InvalidArgument","ErrorMessage":"Parameter \#(name) is not valid. "#
                + #"Reason: \#(name) is a required argument."}"#
        }
        let ids = answer.body.matches(of: /"EventId":"(.*?)"/).map { String($0.1) }
        #expect(ids.count == 2)
        #expect(
            answer.body == #"{"FailedEntryCount":6,"Entries":[{"EventId":"\#(ids[0])"},"#
                + [required("Source"), required("Source"), required("DetailType"), required("Detail")]
                .joined(separator: ",")
                + #",{"ErrorCode":"NotAuthorizedForSourceException","ErrorMessage":"Not authorized for the source."},"#
                + #"{"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is malformed."},{"EventId":"\#(ids[1])"}]}"#)
        #expect(test.events.count == 2)
    }

    @Test("Even when all fail the status is 200")
    func allFail() async throws {
        let answer = await EventsDoorUnderTest().call("PutEvents", entries("{}", "{}"))
        #expect(answer.status == 200)
        #expect(try outcomes(answer.body) == ["InvalidArgument", "InvalidArgument"])
    }

    @Test(
        "A detail that is no JSON object is malformed",
        arguments: [
            #"[1]"#, #"\"text\""#, "1", "null", "{", "{}}", "{} x", #"{\"a\":01}"#, "{'a':1}", #"{\"a\":NaN}"#,
            #"{\"a\":\"\ud800\"}"#, #"{\"a\":1,}"#, " ",
        ])
    func malformed(detail: String) async throws {
        let test = EventsDoorUnderTest()
        let answer = await test.call("PutEvents", entries(#"{"Source":"s","DetailType":"d","Detail":"\#(detail)"}"#))
        #expect(try outcomes(answer.body) == ["MalformedDetail"])
        #expect(test.events.isEmpty)
    }

    @Test("A detail may nest as deep as its event can still be matched, and no deeper")
    func depth() async throws {
        func detail(_ depth: Int) -> String {
            String(repeating: #"{\"a\":"#, count: depth) + "1" + String(repeating: "}", count: depth)
        }
        for (depth, outcome) in [(999, "ok"), (1_000, "MalformedDetail"), (100_000, "MalformedDetail")] {
            let body = entries(#"{"Source":"s","DetailType":"d","Detail":"\#(detail(depth))"}"#)
            #expect(try outcomes(await EventsDoorUnderTest().call("PutEvents", body).body) == [outcome], "\(depth)")
        }
    }

    @Test(
        "Time is taken as a number of seconds, with or without a fraction, and as text",
        arguments: [
            ("1767323045", "2026-01-02T03:04:05Z"), ("1767323045.678901", "2026-01-02T03:04:05Z"),
            ("1.767323045e9", "2026-01-02T03:04:05Z"), ("0", "1970-01-01T00:00:00Z"), ("-1", "1969-12-31T23:59:59Z"),
            (#""2026-01-02T04:04:05.5+01:00""#, "2026-01-02T03:04:05Z"), ("null", "2022-07-13T13:48:01Z"),
        ])
    func time(written: String, expected: String) async throws {
        let test = EventsDoorUnderTest()
        let entry = #"{"Source":"s","DetailType":"d","Detail":"{}","Time":\#(written)}"#
        #expect(try outcomes(await test.call("PutEvents", entries(entry)).body) == ["ok"])
        #expect(test.events.first?.contains(#""time":"\#(expected)""#) == true)
    }

    @Test(
        "A value of the wrong type refuses the request, with its place",
        arguments: [
            (#""Source":1"#, "Source"), (#""DetailType":{}"#, "DetailType"), (#""Detail":{"a":1}"#, "Detail"),
            (#""Resources":"arn""#, "Resources"), (#""Resources":["a",1]"#, "Resources"), (#""Time":"soon""#, "Time"),
            (#""Time":1e300"#, "Time"), (#""Time":true"#, "Time"), (#""EventBusName":[]"#, "EventBusName"),
        ])
    func wrongType(member: String, name: String) async throws {
        let test = EventsDoorUnderTest()
        let answer = await test.call("PutEvents", "{\"Entries\":[\n{\(member)}]}")
        #expect(answer.status == 400)
        #expect(answer.body.hasPrefix(#"{"__type":"SerializationException","message":"\#(name) is to be "#))
        #expect(answer.body.contains("(line 2, column \(name.count + 5))"), "\(answer.body)")
    }

    @Test(
        "What is no PutEvents request is refused whole",
        arguments: [
            ("", "SerializationException"), ("{", "SerializationException"), ("[]", "SerializationException"),
            (#"{"Entries":{}}"#, "SerializationException"), (#"{"Entries":[1]}"#, "SerializationException"),
            (#"{"Entries":[]} x"#, "SerializationException"), ("{}", "ValidationException"),
            (#"{"Entries":null}"#, "ValidationException"), (#"{"Entries":[]}"#, "ValidationException"),
        ])
    func refused(body: String, type: String) async throws {
        let answer = await EventsDoorUnderTest().call("PutEvents", body)
        #expect(answer.status == 400)
        #expect(answer.body.hasPrefix(#"{"__type":"\#(type)","message":""#), "\(answer.body)")
    }

    @Test("More than ten entries are refused in EventBridge's words")
    func elevenEntries() async throws {
        let test = EventsDoorUnderTest()
        let entry = #"{"Source":"src","DetailType":"type","Detail":"{\"a\": 1}","EventBusName":"bus"}"#
        let answer = await test.call(
            "PutEvents", entries(entry, entry, entry, entry, entry, entry, entry, entry, entry, entry, entry))
        let shown =
            #"PutEventsRequestEntry(time=null, source=src, resources=null, detailType=type, detail={\"a\": 1}, "#
            + "eventBusName=bus, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)"
        let list = Array(repeating: shown, count: 11).joined(separator: ", ")
        #expect(answer.status == 400)
        #expect(
            answer.body
                == #"{"__type":"ValidationException","message":"1 validation error detected: Value '[\#(list)]' "#
                + #"at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10"}"#)
        #expect(test.events.isEmpty)
    }

    @Test("The size of all entries together is limited, counted as EventBridge counts it")
    func size() async throws {
        // 14 for the time, 1 + 2 (é) for source and type, 2 for the detail, 3 for the resources.
        let entry = #"{"Source":"s","DetailType":"é","Detail":"{}","Resources":["ab","c"],"Time":0}"#
        let fits = EventsDoorUnderTest { $0.entriesBytesMax = 2 * 22 }
        #expect(try outcomes(await fits.call("PutEvents", entries(entry, entry)).body) == ["ok", "ok"])
        let tooLarge = EventsDoorUnderTest { $0.entriesBytesMax = 2 * 22 - 1 }
        let answer = await tooLarge.call("PutEvents", entries(entry, entry))
        #expect(answer.status == 400)
        #expect(
            answer.body == #"{"__type":"ValidationException","#
                + #""message":"Total size of the entries in the request is over the limit."}"#)
        #expect(tooLarge.events.isEmpty)
        let megabyte = String(repeating: "x", count: 1 << 20)
        let large = #"{"Source":"s","DetailType":"d","Detail":"{\"a\":\"\#(megabyte)\"}"}"#
        #expect(await EventsDoorUnderTest().call("PutEvents", entries(large)).status == 400)
    }

    @Test("A detail type has at most 128 characters")
    func detailType() async throws {
        func entry(_ count: Int) -> String {
            #"{"Source":"s","DetailType":"\#(String(repeating: "é", count: count))","Detail":"{}"}"#
        }
        let answer = await EventsDoorUnderTest().call("PutEvents", entries(entry(128), entry(129)))
        #expect(try outcomes(answer.body) == ["ok", "InvalidArgument"])
    }

    @Test(
        "The default bus goes by its name, by an ARN, and by nothing",
        arguments: ["null", #""default""#, #""arn:aws:events:eu-west-1:123456789012:event-bus/default""#])
    func defaultBus(name: String) async throws {
        let test = EventsDoorUnderTest()
        let entry = #"{"Source":"s","DetailType":"d","Detail":"{}","EventBusName":\#(name)}"#
        #expect(try outcomes(await test.call("PutEvents", entries(entry)).body) == ["ok"])
        #expect(test.events.count == 1)
    }

    @Test(
        "Events for a bus that is not there are taken and dropped, as EventBridge does",
        arguments: ["other", "", "arn:aws:events:us-east-1:000000000000:event-bus/other", "arn:aws:sns:x"])
    func unknownBus(name: String) async throws {
        let test = EventsDoorUnderTest()
        let entry = #"{"Source":"s","DetailType":"d","Detail":"{}","EventBusName":"\#(name)"}"#
        #expect(try outcomes(await test.call("PutEvents", entries(entry, good)).body) == ["ok", "ok"])
        #expect(test.events.count == 1)
    }

    @Test("Sources of AWS services can be allowed")
    func awsSources() async throws {
        let test = EventsDoorUnderTest { $0.allowAWSSources = true }
        let entry = #"{"Source":"aws.ec2","DetailType":"d","Detail":"{}"}"#
        #expect(try outcomes(await test.call("PutEvents", entries(entry)).body) == ["ok"])
        let close = #"{"Source":"awsome","DetailType":"d","Detail":"{}"}"#
        #expect(try outcomes(await EventsDoorUnderTest().call("PutEvents", entries(close)).body) == ["ok"])
    }

    @Test("A bus that has stopped fails each entry with InternalFailure, which SDKs try again")
    func stopped() async throws {
        let test = EventsDoorUnderTest()
        test.bus.stop()
        let answer = await test.call("PutEvents", entries(good, "{}"))
        #expect(answer.status == 200)
        #expect(try outcomes(answer.body) == ["InternalFailure", "InvalidArgument"])
    }

    @Test("An operation that is not there is an UnknownOperationException")
    func unknownOperation() async throws {
        let test = EventsDoorUnderTest()
        for target in [nil, "", "AWSEvents", "AWSEvents.PutRule", "AWSEvents.PutEvents.x", "Other.PutEvents", "."] {
            let answer = await test.answer(target: target, entries(good))
            #expect(answer.status == 400)
            #expect(answer.body.hasPrefix(#"{"__type":"UnknownOperationException","message":""#))
        }
        #expect(await test.answer(target: "AmazonEventBridge.PutEvents", entries(good)).status == 200)
        #expect(test.events.count == 1)
    }

    @Test("Answers and errors are of AWS's content type, and errors name their type in a header, too")
    func headers() async throws {
        let test = EventsDoorUnderTest()
        func headers(_ body: String) async -> [String: String] {
            let request = GatewayRequest(
                method: "POST", target: "/", headers: [("X-Amz-Target", "AWSEvents.PutEvents")], body: Array(body.utf8))
            let response = await test.aws.answer(request)
            return Dictionary(uniqueKeysWithValues: response.headers.map { ($0.name, $0.value) })
        }
        #expect(await headers(entries(good)) == ["Content-Type": "application/x-amz-json-1.1"])
        #expect(
            await headers("{") == [
                "Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": "SerializationException",
            ])
    }

    /// Much that is left out, or shorter in the envelope.
    private static let waste = String(repeating: " ", count: 60_000)
    private static let escapes = String(repeating: #"\u0061"#, count: 9_000)

    @Test(
        "An event holds little more memory than it is counted with, however it was written",
        arguments: [
            #"{"Entries":[{"Source":"s","DetailType":"d","Detail":"{}","Other":"\#(waste)"}]}"#,
            #"{"Entries":[{"Source":"s","DetailType":"d","Detail":"{}\#(waste)"}]}"#,
            #"{"Entries":[{"Source":"\#(escapes)","DetailType":"d","Detail":"{}"}]}"#,
            #"{"Entries":[{"Source":"s","DetailType":"d","Detail":"{\"a\":\"\#(escapes)\"}"}]}"#,
            #"{"Entries":[{"Source":"s","DetailType":"d","Detail":"{}","Resources":["r"\#(waste),"r"]}]}"#,
            #"{"source":"s","detail-type":"d","detail":{},"other":"\#(waste)"}"#,
            #"{"source":"\#(escapes)","detail-type":"d","detail":{}}"#,
            #"{"source":"s","detail-type":"d","detail":{},"resources":["r"\#(waste),"r"]}"#,
        ])
    func memory(body: String) async throws {
        let test = EventsDoorUnderTest()
        let answer = body.contains("Entries") ? await test.call("PutEvents", body) : await test.publish(body)
        #expect(answer.body.contains(#""FailedEntryCount":0"#))
        let events = test.log.read(after: .zero, maxEvents: 9, maxBytes: .max).events
        let envelope = try #require(events.first?.event.envelope)
        #expect(envelope.capacity <= envelope.count * 5 / 4 + 256, "\(envelope.count)")
    }

    @Test(
        "Of several members of a wrong type the first in this order is named",
        arguments: [
            (#""Resources":["a",1],"TraceHeader":1,"Time":[]"#, "Resources"), (#""Time":[],"EventBusName":1"#, "Time"),
            (#""TraceHeader":1,"EventBusName":1"#, "EventBusName"), (#""Resources":1,"Detail":1"#, "Detail"),
        ])
    func mistyped(members: String, name: String) async {
        let answer = await EventsDoorUnderTest().call("PutEvents", #"{"Entries":[{\#(members)}]}"#)
        #expect(answer.body.contains(#""message":"\#(name) is to be"#), "\(answer.body)")
    }
}
