import Access
import NIOCore

/// The answer to an opening handshake that succeeds (RFC 6455 §4.2.2), as the bytes that leave.
enum UpgradeResponse {
    private static let head = Array("HTTP/1.1 101 Switching Protocols\r\n".utf8)
    private static let upgrade = Array("Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: ".utf8)
    private static let extensions = Array("\r\nSec-WebSocket-Extensions: ".utf8)
    private static let requestID = Array("\r\nx-amzn-RequestId: ".utf8)
    private static let end = Array("\r\n\r\n".utf8)
    private static let keySuffix = Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)

    /// - Parameters:
    ///   - key: the client's `Sec-WebSocket-Key`, which ``WebSocketHandshake`` has checked.
    ///   - extensions: what `Sec-WebSocket-Extensions` says, where one was agreed upon.
    ///   - requestID: what `x-amzn-RequestId` says.
    static func bytes(
        key: String, extensions: String?, requestID: String, allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: 192)
        buffer.writeBytes(head)
        buffer.writeBytes(upgrade)
        buffer.writeBytes(acceptance(of: key))
        if let extensions {
            buffer.writeBytes(Self.extensions)
            buffer.writeString(extensions)
        }
        buffer.writeBytes(Self.requestID)
        buffer.writeString(requestID)
        buffer.writeBytes(end)
        return buffer
    }

    /// The value of `Sec-WebSocket-Accept`.
    static func acceptance(of key: String) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(key.utf8.count + keySuffix.count)
        text.append(contentsOf: key.utf8)
        text.append(contentsOf: keySuffix)
        return Base64.encode(SHA1.hash(text))
    }
}
