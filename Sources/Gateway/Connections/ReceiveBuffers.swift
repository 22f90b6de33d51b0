import NIOCore

/// How many bytes one read takes. NIO keeps the first buffer of a connection for as long as the connection lives, so what
/// it begins with is memory per idle subscriber.
enum ReceiveBuffers {
    /// Before it is known what a connection is for: most handshakes fit at once, and a publisher's buffer doubles with
    /// each read that fills it.
    static let http = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 512, maximum: 64 * 1024)
    /// For a WebSocket, whose clients say little: a large message comes in several reads, and does not leave each
    /// connection that ever sent one with a large buffer.
    static let webSocket = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 512, maximum: 4096)
}
