import NIOCore
import NIOHTTP1

/// Brings a door's reply to the event loop of its connection.
struct HTTPReplyWriter: Sendable {
    let handler: NIOLoopBound<HTTPHandler>
    /// Which response of the connection this is. When the handler is past it, the reply comes too late.
    let responseCount: Int

    private var eventLoop: any EventLoop { handler.eventLoop }

    /// Writes the whole reply; returns early when the connection ends.
    func write(_ reply: HTTPReply) async {
        switch reply {
        case .whole(let response):
            write(response)
        case .stream(let head, let pieces):
            let began = await onLoop { handler, context in
                handler.writeHead(head, length: nil, context)
                context.flush()
                return context.eventLoop.makeSucceededVoidFuture()
            }
            guard began else { return }
            for await piece in pieces {
                let wrote = await onLoop { _, context in
                    let promise = context.eventLoop.makePromise(of: Void.self)
                    context.writeAndFlush(
                        HTTPHandler.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: piece)))), promise: promise)
                    return promise.futureResult
                }
                guard wrote else { return }
            }
            _ = await onLoop { handler, context in
                handler.end(context)
                return context.eventLoop.makeSucceededVoidFuture()
            }
        }
    }

    /// Has a whole response written, with others that are ready at the same time.
    func write(_ response: GatewayResponse) {
        eventLoop.execute {
            let handler = handler.value
            guard let context = handler.context, handler.responseCount == responseCount else { return }
            handler.answer(response, context, flushesLater: true)
        }
    }

    /// Runs `body` on the event loop and waits for what it started; `false` when the connection is gone.
    private func onLoop(
        _ body: @escaping @Sendable (HTTPHandler, ChannelHandlerContext) -> EventLoopFuture<Void>
    ) async -> Bool {
        let done = eventLoop.flatSubmit { () -> EventLoopFuture<Void> in
            let handler = handler.value
            guard let context = handler.context, handler.responseCount == responseCount else {
                return eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
            }
            return body(handler, context)
        }
        do {
            try await done.get()
            return true
        } catch {
            return false
        }
    }
}
