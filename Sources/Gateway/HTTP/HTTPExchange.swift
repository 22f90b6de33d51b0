import NIOCore

/// One request and its response on an HTTP/1.1 connection, and what comes after them: a pure state machine.
///
/// Requests that are pipelined behind this one wait in the handler before ours.
struct HTTPExchange {
    enum State {
        /// Between requests.
        case idle
        /// The answer is known and waits for the end of a short request, after which the connection can go on.
        case refusing(GatewayResponse, discardedBytes: Int)
        /// The body is collected.
        case holding(HTTPRoute, GatewayRequest, body: ByteBuffer, bytesMax: Int, tooLong: GatewayResponse)
        /// The body is handed over while it arrives; the door may answer before its end.
        case streaming
        /// The request is complete, its response is not.
        case answering
        /// The handshake is accepted, the request's end is awaited.
        case upgrading(GatewayRequest, Upgrade)
        /// The response is out before the request's end, which is read and forgotten so that the client gets to see
        /// the response.
        case discarding
        /// Nothing more is read or written as HTTP.
        case finished
    }

    enum HeadAction {
        case none
        case answer(GatewayResponse)
        case startStream
    }

    enum BodyAction {
        case none
        case feed(ByteBuffer)
        case answer(GatewayResponse)
    }

    enum EndAction {
        case none
        case ask(HTTPRoute, GatewayRequest)
        case endStream
        case upgrade(GatewayRequest, Upgrade)
        case answer(GatewayResponse)
        case close
    }

    enum AnsweredAction {
        case awaitNext
        case close
        /// Wait for the end of the request, then close.
        case linger
    }

    /// How much of a refused request's body is read to keep the connection.
    private static let discardBytesMax = 64 * 1024

    private(set) var state = State.idle
    /// Whether the connection may serve another request after this one.
    private(set) var keepsAlive = true
    /// Whether the end of the request has been read.
    private var hasEnded = false

    /// What the response's `Connection` header must say: a request that is not read to its end ends the connection.
    var closesAfterResponse: Bool { !keepsAlive || !hasEnded }

    mutating func head(_ request: GatewayRequest, _ plan: RequestPlan, keepAlive: Bool) -> HeadAction {
        guard case .idle = state else { return .none }
        keepsAlive = keepsAlive && keepAlive
        hasEnded = false
        switch plan {
        case .answer(let response, _):
            let length = request.header("content-length").flatMap { Int($0) } ?? 0
            guard length <= Self.discardBytesMax, request.header("expect") == nil else { return .answer(response) }
            state = .refusing(response, discardedBytes: 0)
            return .none
        case .upgrade(let upgrade):
            state = .upgrading(request, upgrade)
            return .none
        case .hold(let route, let bytesMax, let tooLong):
            if let length = request.header("content-length").flatMap({ Int($0) }), length > bytesMax {
                return .answer(tooLong)
            }
            state = .holding(route, request, body: ByteBuffer(), bytesMax: bytesMax, tooLong: tooLong)
            return .none
        case .stream:
            state = .streaming
            return .startStream
        }
    }

    /// A request has come whole.
    mutating func beganWhole() {
        state = .answering
        hasEnded = true
    }

    mutating func body(_ bytes: ByteBuffer) -> BodyAction {
        switch state {
        case .holding(let route, let request, var body, let bytesMax, let tooLong):
            guard body.readableBytes + bytes.readableBytes <= bytesMax else { return .answer(tooLong) }
            state = .finished  // gives up its reference, so that the buffer grows in place
            body.writeImmutableBuffer(bytes)
            state = .holding(route, request, body: body, bytesMax: bytesMax, tooLong: tooLong)
            return .none
        case .streaming:
            return .feed(bytes)
        case .refusing(let response, let discarded):
            guard discarded + bytes.readableBytes <= Self.discardBytesMax else { return .answer(response) }
            state = .refusing(response, discardedBytes: discarded + bytes.readableBytes)
            return .none
        case .idle, .upgrading, .answering, .discarding, .finished:
            return .none
        }
    }

    mutating func end() -> EndAction {
        hasEnded = true
        switch state {
        case .refusing(let response, _):
            return .answer(response)
        case .holding(let route, var request, let body, _, _):
            state = .answering
            request.body = Array(body.readableBytesView)
            return .ask(route, request)
        case .streaming:
            state = .answering
            return .endStream
        case .upgrading(let request, let upgrade):
            state = .answering
            return .upgrade(request, upgrade)
        case .discarding:
            state = .finished
            return .close
        case .idle, .answering, .finished:
            return .none
        }
    }

    /// The response has been written to its end.
    mutating func answered() -> AnsweredAction {
        switch state {
        case .finished:
            return .close
        case _ where !hasEnded:
            keepsAlive = false
            state = .discarding
            return .linger
        case _ where !keepsAlive:
            state = .finished
            return .close
        default:
            state = .idle
            return .awaitNext
        }
    }

    /// The connection is to end with the current response.
    mutating func endAfterResponse() {
        keepsAlive = false
    }

    /// The connection is not HTTP any more.
    mutating func handOver() {
        state = .finished
    }

    var isIdle: Bool {
        if case .idle = state { true } else { false }
    }
}
