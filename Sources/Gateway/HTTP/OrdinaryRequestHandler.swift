import NIOCore

/// Answers ordinary requests to publish before NIO's HTTP handlers read them.
///
/// Those are made for all that HTTP can be: decoder, pipelining handler, encoder and their strings were more than 4 µs of
/// the 17.7 µs of CPU that a POST of one event took, of which the system calls that nobody can do without are 5. (Memory
/// log, 16 connections: `ingest-single` of the delivery benchmark.)
///
/// It stands before them. A request that has come whole and alone, whose head ``OrdinaryRequest`` can read, and which
/// ``HTTPHandler`` can answer without a task, never gets to them; everything else goes on to them untouched. So NIO's
/// decoder decides about all that is unusual, and it gets either all bytes of a request or none.
final class OrdinaryRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What NIO's decoder is in the middle of.
    private enum Place {
        /// Between two requests.
        case between
        /// An ordinary request, of which so many bytes are still to come.
        case within(missing: Int)
        /// Something else; so nobody but the decoder knows where the next request begins.
        case unknown
    }

    private let handler: HTTPHandler
    private(set) var context: ChannelHandlerContext?
    private var place = Place.between
    /// What this turn of reading has brought of a request that is ordinary so far: the first reads of a connection are
    /// short, and what has been sent at once comes in several. Or what has come behind a request that is being answered.
    private var held: ByteBuffer?
    /// Whether a request that did not go to NIO's handlers waits for its response.
    private var isAnswering = false
    private var readWithheld = false
    /// The client has ended its half of the connection, of which nobody has been told yet.
    private var isInputClosed = false
    /// Whether NIO's handlers have got something in this turn of reading, so that they are to hear of its end.
    private var hasHandedOn = false
    private var socket = DirectSocket()
    /// Responses that are to leave at the end of this turn of the event loop.
    private var unsent: ByteBuffer?

    init(before handler: HTTPHandler) {
        self.handler = handler
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if var whole = held.take() {
            whole.writeImmutableBuffer(bytes)
            bytes = whole
        }
        receive(bytes, context)
    }

    private func receive(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        if isAnswering {
            held = bytes
            return
        }
        if case .between = place, handler.isBetweenRequests {
            do throws(OrdinaryRequest.Obstacle) {
                let request = try OrdinaryRequest(bytes.readableBytesUInt8Span)
                let missing = request.body.upperBound - bytes.readableBytes
                if missing == 0, answers(request, in: bytes) { return }
                if missing > 0, request.body.count <= Dispatcher.promptBytesMax { held = bytes }
            } catch {
                if error == .unfinished { held = bytes }
            }
        }
        if held == nil { handOn(bytes, context) }
    }

    private func answers(_ request: OrdinaryRequest, in bytes: ByteBuffer) -> Bool {
        // Before, as the response may be there at once.
        isAnswering = true
        if handler.answer(request, in: bytes, through: self) { return true }
        isAnswering = false
        return false
    }

    /// Takes a response; it leaves with the next ``send()``.
    func write(_ response: ByteBuffer) {
        guard var waiting = unsent.take() else {
            unsent = response
            return
        }
        waiting.writeImmutableBuffer(response)
        unsent = waiting
        // What the kernel does not take must get to the channel, which says when it is enough.
        if waiting.readableBytes > Self.unsentBytesMax { send() }
    }

    private static let unsentBytesMax = 64 * 1024

    /// Sends what was written, past NIO's channel while nothing waits there.
    func send() {
        guard var bytes = unsent.take(), let context else { return }
        bytes.moveReaderIndex(forwardBy: socket.transmit(bytes, context))
        guard bytes.readableBytes > 0 else { return }
        socket.stayBehindNIO()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// What NIO's handlers write goes behind.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        send()
        socket.stayBehindNIO()
        context.write(data, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        send()
        context.close(mode: mode, promise: promise)
    }

    /// The response has been written to its end.
    func answered() {
        isAnswering = false
        guard let context else { return }
        if let next = held.take() {
            receive(next, context)
            channelReadComplete(context: context)
        }
        if readWithheld, !isAnswering {
            readWithheld = false
            context.read()
        }
        tellOfInputClosed(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
        isInputClosed = true
        tellOfInputClosed(context)
    }

    /// Behind the answers to all that came before.
    private func tellOfInputClosed(_ context: ChannelHandlerContext) {
        guard isInputClosed, !isAnswering else { return }
        isInputClosed = false
        handOnHeld(context)
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        handOnHeld(context)
        if hasHandedOn {
            hasHandedOn = false
            context.fireChannelReadComplete()
        } else if handler.isBetweenRequests {
            // As the channel would do next, through all the handlers that have nothing to say about it.
            context.read()
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        socket.open(context.channel)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        // First, as the descriptor may be another connection's soon.
        socket.close()
        handOnHeld(context)
        context.fireChannelInactive()
    }

    /// What more there is to come may take any time, which others watch.
    private func handOnHeld(_ context: ChannelHandlerContext) {
        if !isAnswering, let bytes = held.take() { handOn(bytes, context) }
    }

    func read(context: ChannelHandlerContext) {
        // Nobody has room for requests without end. While nothing has come behind the one that is answered there is no
        // need to stop reading, which takes two system calls for each request.
        if isAnswering, held != nil { readWithheld = true } else { context.read() }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        socket.close()
        unsent = nil
        self.context = nil
    }

    private func handOn(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        // Before anything that others answer, who may go past this handler.
        send()
        place = place(behind: bytes)
        hasHandedOn = true
        context.fireChannelRead(wrapInboundOut(bytes))
    }

    /// Where NIO's decoder is once it has got these bytes, too.
    private func place(behind bytes: ByteBuffer) -> Place {
        let length: Int
        switch place {
        case .between:
            guard let request = try? OrdinaryRequest(bytes.readableBytesUInt8Span) else { return .unknown }
            length = request.body.upperBound
        case .within(let missing): length = missing
        case .unknown: return .unknown
        }
        let missing = length - bytes.readableBytes
        return missing < 0 ? .unknown : missing == 0 ? .between : .within(missing: missing)
    }
}

@available(*, unavailable)
extension OrdinaryRequestHandler: Sendable {}
