import NIOCore

/// What the HTTP responses of one event loop have in common: their buffers, and the end of the loop's turn, at which they
/// leave together. Whoever published wakes once for several.
final class ResponseTurn {
    /// A response that is written and has not left.
    private enum Waiting {
        /// Written past NIO.
        case outside(OrdinaryRequestHandler)
        /// Written to the channel by the handler of this context.
        case inside(ChannelHandlerContext)
    }

    var buffers = ResponseBuffers(count: waitingMax)
    private let eventLoop: any EventLoop
    private var waiting: ContiguousArray<Waiting> = []
    /// Whether there is work for the end of this turn, which the responses leave before.
    private var hasWork = false

    /// How many wait for each other at most.
    private static let waitingMax = 16

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Runs `work` once the loop has read what came in this turn. There is one such work; further calls until then come
    /// to nothing.
    func oncePerTurn(_ work: @escaping @Sendable () -> Void) {
        guard !hasWork else { return }
        hasWork = true
        eventLoop.assumeIsolated().execute { [self] in
            hasWork = false
            leave()
            work()
        }
    }

    /// Flushes a channel at the end of this turn.
    ///
    /// - Parameter context: of the handler that wrote the response.
    func flushLater(_ context: ChannelHandlerContext) {
        wait(.inside(context))
    }

    /// Sends a response to an ordinary request at the end of this turn.
    func sendLater(_ response: OrdinaryRequestHandler) {
        wait(.outside(response))
    }

    private func wait(_ response: Waiting) {
        waiting.append(response)
        if waiting.count == Self.waitingMax { return leave() }
        guard waiting.count == 1, !hasWork else { return }
        eventLoop.assumeIsolated().execute { [self] in leave() }
    }

    private func leave() {
        // Taken out, as what a failing write sets off may list further ones.
        var leaving: ContiguousArray<Waiting> = []
        swap(&leaving, &waiting)
        for response in leaving {
            switch response {
            case .outside(let handler): handler.send()
            case .inside(let context): context.flush()
            }
        }
        leaving.removeAll(keepingCapacity: true)
        if waiting.isEmpty { swap(&leaving, &waiting) }
    }
}

@available(*, unavailable)
extension ResponseTurn: Sendable {}
