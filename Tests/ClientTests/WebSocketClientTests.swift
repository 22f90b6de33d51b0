import Client
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Testing

/// A WebSocket server on loopback that upgrades every request and lets a test talk in frames.
enum WebSocketServer {
    typealias Channel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    static func run<Result: Sendable>(
        serve:
            @escaping @Sendable (
                inout NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator,
                NIOAsyncChannelOutboundWriter<WebSocketFrame>
            ) async throws -> Void,
        _ body: @Sendable (Endpoint) async throws -> Result
    ) async throws -> Result {
        let (server, port) = try await LoopbackServer.bind { channel in
            channel.eventLoop.makeCompletedFuture { try configure(channel) }
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.executeThenClose { connections in
                    for try await upgrade in connections {
                        guard let channel = try await upgrade.get() else { continue }
                        try? await channel.executeThenClose { inbound, outbound in
                            var inbound = inbound.makeAsyncIterator()
                            try await serve(&inbound, outbound)
                        }
                    }
                }
            }
            let result = try await body(Endpoint("ws://127.0.0.1:\(port)"))
            group.cancelAll()
            return result
        }
    }

    private static func configure(_ channel: any NIOCore.Channel) throws -> EventLoopFuture<Channel?> {
        let upgrader = NIOTypedWebSocketServerUpgrader<Channel?>(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture { try Channel(wrappingChannelSynchronously: channel) }
            })
        return try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: NIOUpgradableHTTPServerPipelineConfiguration(
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { $0.eventLoop.makeSucceededFuture(nil) })))
    }
}

@Suite("WebSocket", .timeLimit(.minutes(1)))
struct WebSocketClientTests {
    private func frame(_ opcode: WebSocketOpcode, _ text: String, isFinal: Bool = true) -> WebSocketFrame {
        WebSocketFrame(fin: isFinal, opcode: opcode, data: ByteBuffer(string: text))
    }

    @Test("Messages go both ways, fragments are put together and pings are answered")
    func messages() async throws {
        let frame = frame
        let transcript = Transcript()
        let messages = try await WebSocketServer.run { inbound, outbound in
            // Sent at once after the upgrade: it must not get lost with the handshake's bytes.
            try await outbound.write(frame(.text, "hello", true))
            let request = try #require(try await inbound.next())
            await transcript.add(String(buffer: request.unmaskedData))
            #expect(request.maskKey != nil)
            try await outbound.write(frame(.text, "fr", false))
            try await outbound.write(frame(.ping, "are you there?", true))
            try await outbound.write(frame(.continuation, "agments", true))
            let pong = try #require(try await inbound.next())
            #expect(pong.opcode == .pong)
            await transcript.add(String(buffer: pong.unmaskedData))
            var reason = ByteBuffer()
            reason.write(webSocketErrorCode: .goingAway)
            reason.writeString("bye")
            try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: reason))
            let close = try #require(try await inbound.next())
            #expect(close.opcode == .connectionClose)
        } _: { endpoint in
            try await WebSocketClient(endpoint: endpoint).connect(target: "/dev") { connection in
                var messages = [try await connection.next()]
                try await connection.send(Array("request".utf8))
                messages.append(try await connection.next())
                messages.append(try await connection.next())
                return messages
            }
        }
        #expect(
            messages == [
                .text(Array("hello".utf8)), .text(Array("fragments".utf8)), .close(code: 1001, reason: "bye"),
            ])
        #expect(await transcript.requests == ["request", "are you there?"])
    }

    @Test("A message of one megabyte arrives whole")
    func large() async throws {
        let frame = frame
        let text = String(repeating: "x", count: 1 << 20)
        let message = try await WebSocketServer.run { inbound, outbound in
            try await outbound.write(frame(.text, text, true))
            _ = try await inbound.next()
        } _: { endpoint in
            try await WebSocketClient(endpoint: endpoint).connect(target: "/") { try await $0.next() }
        }
        #expect(message == .text(Array(text.utf8)))
    }

    @Test("Saying good-bye waits for the answer")
    func close() async throws {
        let transcript = Transcript()
        try await WebSocketServer.run { inbound, outbound in
            let close = try #require(try await inbound.next())
            var data = close.unmaskedData
            await transcript.add("\(close.opcode == .connectionClose) \(data.readInteger(as: UInt16.self) ?? 0)")
            try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: close.unmaskedData))
        } _: { endpoint in
            try await WebSocketClient(endpoint: endpoint).connect(target: "/") { try await $0.close() }
        }
        #expect(await transcript.requests == ["true 1000"])
    }

    @Test("A connection that just breaks is an error")
    func broken() async throws {
        let error = await #expect(throws: ClientError.self) {
            try await WebSocketServer.run { _, _ in
            } _: { endpoint in
                try await WebSocketClient(endpoint: endpoint).connect(target: "/") { try await $0.next() }
            }
        }
        #expect(error?.kind == .interrupted)
    }

    @Test("A refused upgrade hands on the broker's answer")
    func refused() async throws {
        let transcript = Transcript()
        let refusal = await #expect(throws: WebSocketClient.Refusal.self) {
            try await LoopbackServer.run { peer in
                await transcript.add(try await peer.read(through: "\r\n\r\n"))
                let body = #"{"message":"Forbidden"}"#
                try await peer.write(
                    "HTTP/1.1 403 Forbidden\r\nContent-Length: \(body.utf8.count)\r\n"
                        + "x-amzn-ErrorType: ForbiddenException\r\n\r\n\(body)")
            } _: { endpoint in
                try await WebSocketClient(endpoint: endpoint).connect(
                    target: "/nowhere", headers: [("X-A", "1")]
                ) { try await $0.next() }
            }
        }
        #expect(refusal?.response.status == 403)
        #expect(refusal?.response.body == Array(#"{"message":"Forbidden"}"#.utf8))
        #expect(refusal?.response.header("X-Amzn-ErrorType") == "ForbiddenException")
        let request = try #require(await transcript.requests.first)
        #expect(request.hasPrefix("GET /nowhere HTTP/1.1\r\n"))
        #expect(request.contains("\r\nX-A: 1\r\n"))
        #expect(request.lowercased().contains("\r\nsec-websocket-version: 13\r\n"))
    }

    @Test("A server that takes the connection and hangs up before the handshake is an error")
    func silent() async throws {
        let error = await #expect(throws: ClientError.self) {
            try await LoopbackServer.run { peer in
                _ = try await peer.read(through: "\r\n\r\n")
            } _: { endpoint in
                try await WebSocketClient(endpoint: endpoint).connect(target: "/") { try await $0.next() }
            }
        }
        #expect(error?.kind == .interrupted)
    }
}
