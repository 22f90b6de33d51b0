import NIOCore
import NIOHTTP1

/// The handlers of a connection that has not become a WebSocket.
enum HTTPPipeline {
    /// Nearest to the socket.
    static let ordinaryRequests = "ordinary-requests"
    private static let encoder = "http-encoder"
    private static let decoder = "http-decoder"
    private static let pipelining = "http-pipelining"
    private static let gateway = "gateway"
    /// All but the decoder, from the tail to the socket.
    private static let handlersWithoutDecoder = [gateway, pipelining, encoder, ordinaryRequests]

    static func install(in channel: any Channel, _ handler: HTTPHandler, _ settings: HTTPSettings) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = settings.headerFieldBytesMax
        limits.maxHeaderListSize = settings.headersBytesMax
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(OrdinaryRequestHandler(before: handler), name: ordinaryRequests)
        try pipeline.addHandler(HTTPResponseEncoder(), name: encoder)
        try pipeline.addHandler(ByteToMessageHandler(decoder), name: Self.decoder)
        try pipeline.addHandler(HTTPServerPipelineHandler(), name: pipelining)
        try pipeline.addHandler(handler, name: gateway)
    }

    /// Takes the HTTP handlers out and puts `next`, for a connection of subscribers, in their place.
    ///
    /// - Parameter response: what the request is answered with: bytes that go past the HTTP handlers, which are to go, and
    ///   before anything that `next` may write.
    /// - Throws: when the channel has closed meanwhile.
    static func handOver(
        _ context: ChannelHandlerContext, from handler: HTTPHandler, answering response: ByteBuffer,
        to next: some ChannelHandler
    ) throws {
        let pipeline = context.pipeline.syncOperations
        let channel = context.channel
        let decoder = try pipeline.context(name: Self.decoder)
        let others = try handlersWithoutDecoder.map { try pipeline.context(name: $0) }
        handler.handOver()
        others.last?.writeAndFlush(NIOAny(IOData.byteBuffer(response)), promise: nil)
        try channel.syncOptions?.setOption(.recvAllocator, value: ReceiveBuffer.webSocket)
        // Who has nothing more to say has left: nobody is there to answer pings.
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
        // Also lets go of the further buffers that a long request took.
        try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        try pipeline.addHandler(next)
        for other in others { pipeline.removeHandler(context: other, promise: nil) }
        // Last, because it hands on what the client sent behind the request.
        pipeline.removeHandler(context: decoder, promise: nil)
        // The pipelining handler holds reads back until a response has ended, and has not seen this one; without them
        // nobody would see the client leave.
        channel.read()
    }
}
