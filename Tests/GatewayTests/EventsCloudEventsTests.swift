import Broker
import Gateway
import JSONDocument
import Testing

@Suite("POST /{stage}/events: CloudEvents")
struct EventsCloudEventsTests {
    private let structured = "application/cloudevents+json; charset=utf-8"
    private let batch = "application/cloudevents-batch+json"

    /// From `source` on, without account and region, which are always the same here.
    private func tail(_ event: String?) -> String {
        (event ?? "").replacing(#","account":"000000000000""#, with: "")
            .replacing(#","region":"us-east-1","resources":[]"#, with: "")
    }

    @Test("A structured CloudEvent keeps all that it says")
    func structuredMode() async throws {
        let test = EventsDoorUnderTest()
        let answer = await test.publish(
            #"{"specversion":"1.0","id":"7","source":"/orders","type":"com.example.placed","#
                + #""time":"2020-01-01T01:00:00.25+01:00","subject":"order \"7\"","datacontenttype":"application/json","#
                + #""tenant":null,"priority":5,"data":{"n":1.0}}"#, structured)
        #expect(answer.status == 200)
        #expect(try outcomes(answer.body) == ["ok"])
        #expect(
            tail(test.events.first) == #"{"version":"0","detail-type":"com.example.placed","source":"/orders","#
                + #""time":"2020-01-01T00:00:00Z","detail":{"n":1.0},"#
                + #""cloudevents":{"specversion":"1.0","id":"7","subject":"order \"7\"","#
                + #""datacontenttype":"application/json","priority":5}}"#)
    }

    @Test("An envelope that was made of a CloudEvent stays what it is when it is published again")
    func again() async throws {
        let test = EventsDoorUnderTest()
        let rest = #""detail":{},"cloudevents":{"specversion":"1.0","id":"7"}}"#
        _ = await test.publish(#"{"id":"x","source":"s","detail-type":"t",\#(rest)"#)
        #expect(test.events.first?.hasSuffix(rest) == true)
        _ = await test.publish(#"{"source":"s","detail-type":"t","detail":{},"cloudevents":7}"#)
        #expect(test.events.last?.contains("cloudevents") == false)
    }

    @Test(
        "Data that is no object is wrapped",
        arguments: [
            (#""data":[1, 2]"#, #"{"data":[1, 2]}"#), (#""data":"x""#, #"{"data":"x"}"#), (#""data":null"#, "{}"),
            (#""data_base64":"AAE=""#, #"{"data_base64":"AAE="}"#), (#""other":1"#, "{}"),
        ])
    func wrapped(data: String, detail: String) async throws {
        let test = EventsDoorUnderTest()
        _ = await test.publish(#"{"specversion":"1.0","id":"7","source":"s","type":"t",\#(data)}"#, structured)
        #expect(test.events.first?.contains(#""detail":\#(detail),"cloudevents":"#) == true)
    }

    @Test("A batch has a result for each")
    func batchMode() async throws {
        let test = EventsDoorUnderTest()
        let good = #"{"specversion":"1.0","id":"1","source":"s","type":"t"}"#
        let answer = await test.publish(#"[\#(good),{"specversion":"1.0"},\#(good),7]"#, batch)
        #expect(answer.status == 200)
        #expect(try outcomes(answer.body) == ["ok", "InvalidArgument", "ok", "MalformedEvent"])
        #expect(test.events.count == 2)
    }

    @Test("In binary mode attributes are headers and the body is the data")
    func binaryMode() async throws {
        let test = EventsDoorUnderTest()
        let headers = [
            ("CE-SpecVersion", "1.0"), ("ce-id", "7"), ("ce-source", "/orders%20%E2%82%AC"), ("ce-type", "t"),
            ("ce-time", "2020-01-01T00:00:00Z"), ("ce-tenant", "a%22b"), ("Accept", "*/*"),
        ].map { (name: $0.0, value: $0.1) }
        let answer = await test.publish(#"{"n":1.0}"#, "application/json", headers: headers)
        #expect(try outcomes(answer.body) == ["ok"])
        #expect(
            tail(test.events.first) == #"{"version":"0","detail-type":"t","source":"/orders €","#
                + #""time":"2020-01-01T00:00:00Z","detail":{"n":1.0},"cloudevents":{"specversion":"1.0","id":"7","#
                + #""tenant":"a\"b","datacontenttype":"application/json"}}"#)
    }

    @Test(
        "A binary event's data is taken for what its content type says",
        arguments: [
            ("", "application/json", "{}"), ("[1]", "application/vnd.x+json", #"{"data":[1]}"#),
            ("7", nil, #"{"data":7}"#), ("a\"b", "text/plain", #"{"data":"a\"b"}"#),
        ] as [(String, String?, String)])
    func binaryData(body: String, type: String?, detail: String) async throws {
        let test = EventsDoorUnderTest()
        let answer = await test.publish(body, type, headers: Self.headers)
        #expect(try outcomes(answer.body) == ["ok"])
        #expect(test.events.first?.contains(#""detail":\#(detail),"cloudevents":"#) == true)
    }

    @Test(
        "Bytes that are no text become base64",
        arguments: [
            ([0xff], "/w=="), ([0xff, 0xfe], "//4="), ([0xff, 0xfe, 0], "//4A"), ([0xc3, 0x28, 0, 1], "wygAAQ=="),
        ]
            as [([UInt8], String)])
    func bytes(body: [UInt8], base64: String) async throws {
        let test = EventsDoorUnderTest()
        _ = await test.publish([body], "application/octet-stream", headers: Self.headers)
        #expect(test.events.first?.contains(#""detail":{"data_base64":"\#(base64)"},"cloudevents":"#) == true)
    }

    private static let headers = [
        (name: "ce-specversion", value: "1.0"), (name: "ce-id", value: "7"), (name: "ce-source", value: "s"),
        (name: "ce-type", value: "t"),
    ]

    @Test(
        "What is no CloudEvent 1.0 is refused with 400",
        arguments: [
            (#"{"specversion":"0.3","id":"1","source":"s","type":"t"}"#, "It is to be 1.0, and is 0.3"),
            (#"{"id":"1","source":"s","type":"t"}"#, "specversion is a required attribute"),
            (#"{"specversion":"1.0","source":"s","type":"t"}"#, "id is a required attribute"),
            (#"{"specversion":"1.0","id":"1","type":"t"}"#, "source is a required attribute"),
            (#"{"specversion":"1.0","id":"1","source":"s","type":""}"#, "type is a required attribute"),
            (#"{"specversion":"1.0","id":1,"source":"s","type":"t"}"#, "a number (line 1, column 27)"),
            (#"{"specversion":"1.0","id":"1","source":"s","type":"t","time":"x"}"#, "2026-11-21T01:02:03Z"),
            (#"{"specversion":"1.0","id":"1","source":"aws.x","type":"t"}"#, "Not authorized for the source."),
        ])
    func refused(event: String, words: String) async throws {
        let test = EventsDoorUnderTest()
        let answer = await test.publish(event, structured)
        #expect(answer.status == 400)
        #expect(answer.body.contains(words), "\(answer.body)")
        #expect(test.events.isEmpty)
    }

    @Test("Binary data that is not the JSON it says it is, and headers that are no text, are refused")
    func refusedBinary() async throws {
        let test = EventsDoorUnderTest()
        let notJSON = await test.publish("{", "application/json", headers: Self.headers)
        #expect(notJSON.status == 400)
        #expect(try outcomes(notJSON.body) == ["MalformedDetail"])
        let notText = await test.publish("{}", nil, headers: Self.headers + [(name: "ce-x", value: "%ff")])
        #expect(try outcomes(notText.body) == ["InvalidArgument"])
        #expect(test.events.isEmpty)
    }

    @Test("Other formats of CloudEvents are an unsupported media type")
    func otherFormats() async {
        #expect(await EventsDoorUnderTest().publish("x", "application/cloudevents+avro").status == 415)
    }
}
