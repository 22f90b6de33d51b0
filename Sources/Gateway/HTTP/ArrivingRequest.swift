import NIOCore

/// A request whose body may be streamed or may be here in a moment: what has come of it in one turn of reading. Most
/// bodies are small and come whole; then nothing has to be set up for the rest.
struct ArrivingRequest {
    let request: GatewayRequest
    private(set) var body: ByteBuffer?

    init(request: GatewayRequest) {
        self.request = request
    }

    var bytes: [UInt8] { body.map { Array($0.readableBytesView) } ?? [] }

    /// - Returns: false when that would be more than is held; the bytes are not taken then.
    mutating func append(_ bytes: ByteBuffer) -> Bool {
        guard (body?.readableBytes ?? 0) + bytes.readableBytes <= Dispatcher.promptBytesMax else { return false }
        if body == nil { body = bytes } else { body?.writeImmutableBuffer(bytes) }
        return true
    }
}
