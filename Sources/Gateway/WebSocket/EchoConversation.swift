import WebSocketFraming

/// Sends every message back, for conformance tests of the WebSocket stack itself.
final class EchoConversation: WebSocketConversation {
    private let framing: Framing
    private let encoder: EventEncoder

    init(_ framing: Framing, _ encoder: EventEncoder) {
        self.framing = framing
        self.encoder = encoder
    }

    func opened(_ socket: WebSocketHandler) {}

    func received(_ message: WebSocketMessage, from socket: WebSocketHandler) {
        let frame =
            switch message {
            case .text(let bytes): encoder.message(framing, bytes, plain: FrameEncoder.frame(.text, bytes))
            case .binary(let bytes): FrameEncoder.frame(.binary, bytes)
            }
        if socket.send(frame) == .queueFull { socket.closeSlowConsumer() }
        socket.flush()
    }

    func closed(_ socket: WebSocketHandler) {}
}
