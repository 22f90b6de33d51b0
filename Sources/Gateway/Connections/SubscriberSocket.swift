import NIOCore
import WebSocketFraming

/// What a connection sends on: a WebSocket, or an HTTP response that goes on. All calls on the connection's event loop.
protocol SubscriberSocket: AnyObject {
    /// Whether messages can still be sent.
    var isOpen: Bool { get }
    /// Whether the channel takes more: nothing waits here.
    var takesMore: Bool { get }
    /// Bytes that wait, here and in the channel.
    var queuedBytes: Int { get }
    var counters: WebSocketHandler.Counters { get }
    var closeCause: CloseCause? { get }
    /// The last message in either direction.
    var lastMessage: NIODeadline { get }

    /// Queues frames in the socket's form; nothing leaves before `flush()`.
    func send(_ run: FrameRun) -> WebSocketHandler.SendResult
    /// Sends frames that are all there is to send for now; `flush()` must follow in any case.
    ///
    /// - Parameter sent: how many of their bytes went by the lent socket already.
    func sendNow(_ run: FrameRun, at now: NIODeadline, sent: Int) -> WebSocketHandler.SendResult
    /// Lends the socket out until ``takeBack()``, for plain frames to be sent by it; an earlier loan ends.
    ///
    /// - Returns: its descriptor; nil while anything stands in the way of the next frame.
    func lend() -> CInt?
    /// Ends the loan, if there is one, and counts what was sent meanwhile.
    func takeBack()
    func flush()
    /// Stops handing out what the client says.
    func pause()
    func resume()
    /// Ends the connection; what waits is sent first.
    func close(_ code: CloseCode, cause: CloseCause)
    /// Ends it for being slow; what waits is dropped.
    func closeSlowConsumer()
}

extension SubscriberSocket {
    func sendNow(_ run: FrameRun, at now: NIODeadline, sent: Int) -> WebSocketHandler.SendResult { send(run) }
    func lend() -> CInt? { nil }
    func takeBack() {}
}
