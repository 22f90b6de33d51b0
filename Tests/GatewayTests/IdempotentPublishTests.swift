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
            _ = try await publish("lines", longer, "application/x-ndjson")
            #expect(try await gateway.bus.head().rawValue == UInt64(events + 3))
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
