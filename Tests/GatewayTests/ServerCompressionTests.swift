import Broker
import Gateway
import Testing
import WebSocketFraming

@Suite("permessage-deflate on a running gateway", .timeLimit(.minutes(1)))
struct ServerCompressionTests {
    private static let long = String(repeating: "again and ", count: 30)

    /// Opens a WebSocket with a pattern that all events of these tests match.
    private func subscriber(_ gateway: GatewayUnderTest, offer: String?) async throws -> TestClient {
        let client = try await TestClient(port: gateway.port)
        let response = try await client.upgrade(headers: offer.map { [("Sec-WebSocket-Extensions", $0)] } ?? [])
        #expect((response.header("sec-websocket-extensions") != nil) == (offer != nil))
        #expect(try await client.ask(#"{"action":"pattern","pattern":{"source":["test"]}}"#).contains("stored"))
        return client
    }

    /// The next event, and whether it came compressed.
    private func event(_ client: TestClient) async throws -> (text: String, isCompressed: Bool) {
        let frame = try await client.frame()
        guard frame.isCompressed else { return (frame.text, false) }
        let bytes = try MessageInflater().inflate(frame.payload, bytesMax: 1_000_000)
        return (String(decoding: bytes, as: UTF8.self), true)
    }

    @Test("Each gets the same events in its own form: compressed from the threshold on, plain without an offer")
    func forms() async throws {
        try await GatewayUnderTest.run {
            $0.compression.eventBytesMin = 400
        } _: { gateway in
            let offers = [nil, "permessage-deflate", "permessage-deflate; server_max_window_bits=9", nil]
            var clients: [TestClient] = []
            for offer in offers { clients.append(try await subscriber(gateway, offer: offer)) }
            for round in 0..<50 {
                try await gateway.publish("short \(round)")
                try await gateway.publish("long \(round)", #"{"text":"\#(Self.long)"}"#)
            }
            for round in 0..<50 {
                for (client, offer) in zip(clients, offers) {
                    let short = try await event(client)
                    #expect(short.text.contains(#""short \#(round)""#))
                    #expect(!short.isCompressed)
                    let long = try await event(client)
                    #expect(long.text.contains(#""long \#(round)""#) && long.text.contains(Self.long))
                    #expect(long.isCompressed == (offer != nil))
                }
            }
        }
    }

    @Test("A client may compress what it asks, and is closed with 1007 for what cannot be inflated")
    func inbound() async throws {
        try await GatewayUnderTest.run {
            $0.compression.eventBytesMin = 400
        } _: { gateway in
            let client = try await subscriber(gateway, offer: "permessage-deflate; client_max_window_bits")
            let question = Array(#"{"action":"GET_CONNECTION_ID"}"#.utf8)
            let payload = MessageDeflater(windowBits: 15).withDeflated(question.span) { span in
                span.indices.map { span[$0] }
            }
            try await client.sendFrame(payload, opcode: 0x41)
            #expect(try await client.text().contains("connectionId"))
            try await client.sendFrame([0xFF, 0xFF], opcode: 0x41)
            let close = try await client.frame()
            #expect(close.opcode == 8)
            #expect(close.payload.prefix(2) == [0x03, 0xEF])
        }
    }

    @Test("Without the flag an offer is declined, and a compressed frame breaks the protocol")
    func declined() async throws {
        try await GatewayUnderTest.run { gateway in
            let client = try await TestClient(port: gateway.port)
            let response = try await client.upgrade(headers: [("Sec-WebSocket-Extensions", "permessage-deflate")])
            #expect(response.status == 101)
            #expect(response.header("sec-websocket-extensions") == nil)
            try await client.sendFrame([0x00], opcode: 0x41)
            #expect(try await client.frame().payload.prefix(2) == [0x03, 0xEA])
        }
    }
}
