import NIOCore
import NIOHTTP1

/// The handlers of a connection that has not become a WebSocket.
enum HTTPPipeline {
    static let decoder = "http-decoder"
    static let encoder = "http-encoder"
    /// All but the decoder, from the tail to the socket.
    static let handlersWithoutDecoder = ["gateway", "http-pipelining", encoder]

    static func install(in channel: any Channel, _ handler: HTTPHandler, _ settings: HTTPSettings) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = settings.headerFieldBytesMax
        limits.maxHeaderListSize = settings.headersBytesMax
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPResponseEncoder(), name: Self.encoder)
        try pipeline.addHandler(ByteToMessageHandler(decoder), name: Self.decoder)
        try pipeline.addHandler(HTTPServerPipelineHandler(), name: handlersWithoutDecoder[1])
        try pipeline.addHandler(handler, name: handlersWithoutDecoder[0])
    }
}
