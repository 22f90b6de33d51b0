import Broker
import EventLog
import Gateway
import Testing

@Suite("Idempotent publishing over HTTP", .timeLimit(.minutes(1)))
struct IdempotentPublishTests {
    private static let event = #"{"source":"a","detail-type":"t","detail":{}}"#

    @Test("A repeated key gets the first answer, in every form, and adds nothing")
    func key() async throws {
        try await GatewayUnderTest.run { gateway in
            func publish(_ key: String, _ body: String, _ type: String) async throws -> String {
                try await TestClient(port: gateway.port).request(
                    "POST", "/dev/events", headers: [("Idempotency-Key", key), ("Content-Type", type)], body: body
                ).body
            }
            let bodies = [
                (Self.event, "application/json", 1), ("[\(Self.event),{},\(Self.event)]", "application/json", 2),
            ]
            var events = 0
            for (body, type, count) in bodies {
                let first = try await publish("k\(count)", body, type)
                events += count
                #expect(try await publish("k\(count)", body, type) == first)
                #expect(try await gateway.bus.head().rawValue == UInt64(events))
                #expect(try await publish("other\(count)", body, type) != first)
                events += count
            }
            let lines = Self.event + "\n" + Self.event + "\n"
            for _ in 0..<3 { _ = try await publish("lines", lines, "application/x-ndjson") }
            #expect(try await gateway.bus.head().rawValue == UInt64(events + 2))
            let longer = lines + Self.event
            let answer = try await publish("lines", longer, "application/x-ndjson")
            #expect(answer == #"{"FailedEntryCount":0,"EntryCount":3,"KnownEntryCount":2,"Errors":[]}"#)
            #expect(try await gateway.bus.head().rawValue == UInt64(events + 3))
        }
    }

    @Test("A key that stands for other content is refused with 422, in every form, and nothing is added")
    func otherContent() async throws {
        try await GatewayUnderTest.run { gateway in
            func publish(_ body: String, _ type: String = "application/json") async throws -> TestClient.Response {
                try await TestClient(port: gateway.port).request(
                    "POST", "/dev/events", headers: [("Idempotency-Key", "k"), ("Content-Type", type)], body: body)
            }
            let other = Self.event.replacing("\"a\"", with: "\"b\"")
            #expect(try await publish("[\(Self.event),\(Self.event)]").status == 200)
            for (body, type, place) in [
                (other, "application/json", 1), ("[\(Self.event),\(other),\(Self.event)]", "application/json", 2),
                ("\(Self.event)\n\(other)\n\(Self.event)\n", "application/x-ndjson", 2),
            ] {
                let refusal = try await publish(body, type)
                #expect(refusal.status == 422)
                #expect(refusal.body.contains(#""__type":"IdempotentParameterMismatchException""#))
                #expect(refusal.body.contains("event \(place) is not the one"))
            }
            #expect(try await gateway.bus.head().rawValue == 2)
            let put = try await TestClient(port: gateway.port).request(
                "POST", "/", headers: [("X-Amz-Target", "AWSEvents.PutEvents"), ("Idempotency-Key", "k")],
                body: #"{"Entries":[{"Source":"c","DetailType":"t","Detail":"{}"}]}"#)
            #expect(put.status == 422)
            #expect(try await gateway.bus.head().rawValue == 2)
        }
    }

    @Test("An entry whose name stands for other content is refused alone")
    func otherEntry() async throws {
        @Sendable func entry(_ source: String) -> String {
            #"{"Source":"\#(source)","DetailType":"t","Detail":"{}","DeduplicationId":"x"}"#
        }
        try await GatewayUnderTest.run { gateway in
            func put(_ entries: String) async throws -> [String] {
                let answer = try await TestClient(port: gateway.port).request(
                    "POST", "/", headers: [("X-Amz-Target", "AWSEvents.PutEvents")], body: #"{"Entries":[\#(entries)]}"#
                )
                return try outcomes(answer.body)
            }
            let first = try await put(entry("a"))
            #expect(first == ["ok"])
            #expect(try await put(entry("a") + "," + entry("b")) == ["ok", "IdempotentParameterMismatch"])
            #expect(try await gateway.bus.head().rawValue == 1)
        }
    }

    @Test("Publishers who sign with different keys do not share names")
    func publishers() async throws {
        @Sendable func signature(_ accessKeyID: String) -> [(String, String)] {
            let credential = "Credential=\(accessKeyID)/20261121/r/events/aws4_request"
            return [
                ("Authorization", "AWS4-HMAC-SHA256 \(credential), SignedHeaders=host, Signature=0"),
                ("X-Amz-Date", "20261121T000000Z"),
            ]
        }
        try await GatewayUnderTest.run { gateway in
            func publish(_ source: String, _ headers: [(String, String)]) async throws -> Int {
                try await TestClient(port: gateway.port).request(
                    "POST", "/dev/events", headers: headers + [("Idempotency-Key", "k")],
                    body: #"{"source":"\#(source)","detail-type":"t","detail":{}}"#
                ).status
            }
            for (headers, source) in [(signature("A"), "a"), (signature("B"), "b"), ([], "c")] {
                #expect(try await publish(source, headers) == 200)
                #expect(try await publish(source, headers) == 200)
                #expect(try await publish("other", headers) == 422)
            }
            let head = try await gateway.bus.head().rawValue
            #expect(head == 3)
        }
    }

    @Test("PutEvents knows the key and each entry's own name")
    func entries() async throws {
        try await GatewayUnderTest.run { gateway in
            func put(_ entries: String, key: String? = nil) async throws -> TestClient.Response {
                let headers = [("X-Amz-Target", "AWSEvents.PutEvents")] + (key.map { [("Idempotency-Key", $0)] } ?? [])
                return try await TestClient(port: gateway.port).request(
                    "POST", "/", headers: headers, body: #"{"Entries":[\#(entries)]}"#)
            }
            func entry(_ id: String) -> String {
                #"{"Source":"a","DetailType":"t","Detail":"{}","DeduplicationId":"\#(id)"}"#
            }
            let plain = #"{"Source":"a","DetailType":"t","Detail":"{}"}"#
            let first = try await put(entry("x") + "," + entry("y")).body
            #expect(try await put(entry("x") + "," + entry("y")).body == first)
            let keyed = try await put(plain, key: "k").body
            #expect(try await put(plain, key: "k").body == keyed)
            // The names of entries and those of requests are apart.
            #expect(try await put(entry("k")).body != keyed)
            #expect(try await gateway.bus.head().rawValue == 4)
            #expect(try await put(entry("")).body.contains("DeduplicationId is to be 1 to 255"))
            #expect(try await put(plain, key: String(repeating: "x", count: 256)).status == 400)
        }
    }
}
