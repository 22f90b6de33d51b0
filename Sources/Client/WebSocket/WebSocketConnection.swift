internal import NIOCore
internal import NIOWebSocket

/// An open WebSocket to a broker. Lent by ``WebSocketClient/connect(target:headers:_:)``.
package struct WebSocketConnection: ~Copyable {
    private let endpoint: Endpoint
    private var inbound: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>

    init(
        endpoint: Endpoint, inbound: NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) {
        self.endpoint = endpoint
        self.inbound = inbound
        self.outbound = outbound
    }

    /// Sends one text message.
    /// - Throws: ``ClientError`` of kind `interrupted`.
    package func send(_ text: [UInt8]) async throws {
        try await write(.text, ByteBuffer(bytes: text))
    }

    /// Waits for the next message, and answers pings meanwhile.
    ///
    /// After a close message comes nothing more.
    /// - Throws: ``ClientError`` of kind `interrupted` where the connection ends without a close message.
    package mutating func next() async throws -> WebSocketMessage {
        while true {
            let frame: WebSocketFrame?
            do {
                frame = try await inbound.next()
            } catch is CancellationError {
                throw CancellationError()
            } catch is NIOWebSocketError {
                throw ClientError(.badAnswer, "the broker at \(endpoint) sent a frame that breaks RFC 6455")
            } catch {
                throw interrupted
            }
            guard let frame else { throw interrupted }
            switch frame.opcode {
            case .text: return .text(Array(frame.unmaskedData.readableBytesView))
            case .binary: return .binary(Array(frame.unmaskedData.readableBytesView))
            case .ping: try await write(.pong, frame.unmaskedData)
            case .connectionClose: return try await close(frame.unmaskedData)
            default: continue
            }
        }
    }

    /// Says good-bye (code 1000) and waits for the broker's answer; what arrives before it is dropped.
    package mutating func close() async throws {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: .normalClosure)
        try await write(.connectionClose, data)
        while let frame = try await inbound.next(), frame.opcode != .connectionClose {}
    }

    /// Answers a close frame with its own code (RFC 6455 §5.5.1).
    private func close(_ data: ByteBuffer) async throws -> WebSocketMessage {
        try? await write(.connectionClose, data)
        var data = data
        guard let code = data.readInteger(as: UInt16.self) else { return .close(code: 1005, reason: "") }
        return .close(code: Int(code), reason: String(buffer: data))
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) async throws {
        do {
            try await outbound.write(WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw interrupted
        }
    }

    private var interrupted: ClientError {
        ClientError(.interrupted, "the connection to \(endpoint) broke")
    }
}
