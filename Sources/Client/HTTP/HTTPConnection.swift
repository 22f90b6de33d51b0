internal import Access
internal import NIOCore
internal import NIOHTTP1

/// An open connection to a broker, on which one request follows the other. Lent by ``HTTPClient/withConnection(_:)``.
package struct HTTPConnection: ~Copyable {
    /// An answer is held in memory up to this size.
    private static let bodyBytesMax = 256 << 20
    /// How long a broker may take for an answer that is not streamed.
    private static let answerTimeout = TimeAmount.seconds(60)

    private let endpoint: Endpoint
    private let signer: RequestSigner?
    private let clock: @Sendable () -> Int64
    private let channel: any Channel
    private var inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>

    init(
        endpoint: Endpoint, signer: RequestSigner?, clock: @escaping @Sendable () -> Int64, channel: any Channel,
        inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) {
        self.endpoint = endpoint
        self.signer = signer
        self.clock = clock
        self.channel = channel
        self.inbound = inbound
        self.outbound = outbound
    }

    /// Sends a request and waits for the whole answer.
    /// - Throws: ``ClientError``; any status is an answer.
    package mutating func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        // A broker that says nothing is given up by closing the connection, which ends the wait below.
        let channel = self.channel
        let timer = channel.eventLoop.scheduleTask(in: Self.answerTimeout) { channel.close(promise: nil) }
        defer { timer.cancel() }
        try await write(head: request, isStreamed: false)
        if !request.body.isEmpty { try await write(.body(.byteBuffer(ByteBuffer(bytes: request.body)))) }
        try await write(.end(nil))

        let head = try await responseHead()
        var body: [UInt8] = []
        let endpoint = self.endpoint
        try await readBody { piece in
            body += piece
            if body.count > Self.bodyBytesMax {
                throw ClientError(.badAnswer, "the answer of \(endpoint) is over \(Self.bodyBytesMax) bytes")
            }
        }
        return HTTPResponse(status: head.status, headers: head.headers, body: body)
    }

    /// Sends a request and passes the lines of the answer as they arrive, for as long as they arrive.
    /// - Parameter refused: gets the answer, whole, where its status is not 2xx; no line is passed then.
    /// - Throws: ``ClientError``, or what `take` throws.
    package mutating func lines(
        of request: HTTPRequest, refused: (HTTPResponse) throws -> Void, _ take: ([UInt8]) throws -> Void
    ) async throws {
        try await write(head: request, isStreamed: false)
        if !request.body.isEmpty { try await write(.body(.byteBuffer(ByteBuffer(bytes: request.body)))) }
        try await write(.end(nil))
        try await readLines(refused: refused, take)
    }

    /// The same with all lines that arrived together, which are taken before the next ones are read.
    package mutating func lineBatches(
        of request: HTTPRequest, refused: (HTTPResponse) throws -> Void, _ take: ([[UInt8]]) async throws -> Void
    ) async throws {
        try await write(head: request, isStreamed: false)
        try await write(.end(nil))
        guard try await isAccepted(refused: refused) else { return }
        var splitter = LineSplitter()
        while let piece = try await nextPiece() {
            var lines: [[UInt8]] = []
            splitter.append(piece) { lines.append($0) }
            if !lines.isEmpty { try await take(lines) }
        }
        if let last = splitter.finish() { try await take([last]) }
    }

    /// Streams a body, chunk by chunk as fast as the broker takes it, and passes the lines of the answer as they
    /// arrive, which may be before the body has ended.
    ///
    /// An answer that ends before the body does ends the body, too: the broker wants no more of it. The connection
    /// serves no further request then.
    /// - Throws: ``ClientError``, or what `body` or `take` throws.
    package mutating func stream<Body: AsyncSequence & Sendable>(
        _ request: HTTPRequest, body: Body, refused: (HTTPResponse) throws -> Void, _ take: ([UInt8]) throws -> Void
    ) async throws where Body.Element == [UInt8] {
        try await write(head: request, isStreamed: true)
        let channel = self.channel
        try await withThrowingTaskGroup(of: BodyOutcome.self) { group in
            group.addTask { await Self.write(body, to: channel) }
            do {
                try await readLines(refused: refused, take)
            } catch {
                // The body's own fault is the reason for an answer that did not come.
                group.cancelAll()
                if case .sourceFailed(let fault)? = try await group.next() { throw fault }
                throw error
            }
            group.cancelAll()
            if case .sourceFailed(let fault)? = try await group.next(), !(fault is CancellationError) { throw fault }
        }
    }

    private enum BodyOutcome {
        case done
        /// The connection took no more; the answer, if there is one, says why.
        case refused
        case sourceFailed(any Error)
    }

    /// Each chunk waits for the one before to be with the kernel, so a source that is faster than the network fills no
    /// memory. Cancellation closes the connection, as its request can no longer be completed.
    private static func write<Body: AsyncSequence & Sendable>(
        _ body: Body, to channel: any Channel
    ) async -> BodyOutcome where Body.Element == [UInt8] {
        await withTaskCancellationHandler {
            do {
                for try await piece in body where !piece.isEmpty {
                    do {
                        try await channel.writeAndFlush(
                            HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: piece))))
                    } catch {
                        return .refused
                    }
                }
            } catch {
                // Without its last chunk the body counts as broken off, and the broker must not take it as complete.
                channel.close(promise: nil)
                return .sourceFailed(error)
            }
            do {
                try await channel.writeAndFlush(HTTPClientRequestPart.end(nil))
                return .done
            } catch {
                return .refused
            }
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private func write(head request: HTTPRequest, isStreamed: Bool) async throws {
        try await write(.head(request.head(for: endpoint, signer: signer, isStreamed: isStreamed, now: clock())))
    }

    private func write(_ part: HTTPClientRequestPart) async throws {
        do {
            try await outbound.write(part)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw interrupted
        }
    }

    private mutating func readLines(
        refused: (HTTPResponse) throws -> Void, _ take: ([UInt8]) throws -> Void
    ) async throws {
        guard try await isAccepted(refused: refused) else { return }
        var splitter = LineSplitter()
        try await readBody { piece in try splitter.append(piece, take) }
        if let last = splitter.finish() { try take(last) }
    }

    /// - Returns: whether the status is 2xx and a body may follow; other answers have been read whole.
    private mutating func isAccepted(refused: (HTTPResponse) throws -> Void) async throws -> Bool {
        let head = try await responseHead()
        if (200..<300).contains(head.status) { return true }
        var body: [UInt8] = []
        try await readBody { body += $0 }
        try refused(HTTPResponse(status: head.status, headers: head.headers, body: body))
        return false
    }

    private mutating func responseHead() async throws -> (status: Int, headers: [(name: String, value: String)]) {
        guard case .head(let head)? = try await nextPart() else { throw interrupted }
        return (Int(head.status.code), head.headers.map { ($0.name, $0.value) })
    }

    private mutating func readBody(_ take: (ByteBufferView) throws -> Void) async throws {
        while let piece = try await nextPiece() { try take(piece) }
    }

    /// Nil at the end of the body.
    private mutating func nextPiece() async throws -> ByteBufferView? {
        switch try await nextPart() {
        case .body(let buffer)?: return buffer.readableBytesView
        case .end?: return nil
        case .head?, nil: throw interrupted
        }
    }

    private mutating func nextPart() async throws -> HTTPClientResponsePart? {
        do {
            return try await inbound.next()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw interrupted
        }
    }

    private var interrupted: ClientError {
        ClientError(.interrupted, "the broker at \(endpoint) closed the connection before its answer was complete")
    }
}
