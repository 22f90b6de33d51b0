internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOWebSocket

/// Connects to a broker over WebSocket (RFC 6455).
package struct WebSocketClient: Sendable {
    /// A message may be this large: a bus event is at most 1 MB, its envelope comes on top.
    private static let messageBytesMax = 16 << 20
    /// A broker that says nothing for this long is asked with a ping; when that stays unanswered for as long again, the
    /// connection is given up.
    private static let silenceBeforePing = TimeAmount.seconds(30)

    package let endpoint: Endpoint

    package init(endpoint: Endpoint) { self.endpoint = endpoint }

    /// The broker did not upgrade the connection; its answer says why.
    package struct Refusal: Error, Sendable {
        package let response: HTTPResponse
    }

    private enum Upgrade: Sendable {
        case done(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
        case refused(NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>)
    }

    /// Connects to `target` (path and query, percent-encoded), lends the connection to `body` and closes it.
    /// - Throws: ``ClientError``; ``Refusal`` where the broker answers with anything but 101; what `body` throws.
    package func connect<Result: Sendable>(
        target: String, headers: [(name: String, value: String)] = [],
        _ body: @Sendable (inout WebSocketConnection) async throws -> Result
    ) async throws -> Result {
        let fields = HTTPHeaders([("Host", endpoint.authority)] + headers.map { ($0.name, $0.value) })
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: fields)
        let upgrade = try await TCPConnection.open(to: endpoint) { channel in
            channel.eventLoop.makeCompletedFuture { try Self.configure(channel, head: head) }
        }
        let outcome: Upgrade
        do {
            outcome = try await upgrade.get()
        } catch {
            throw ClientError(.interrupted, "the broker at \(endpoint) did not answer the WebSocket handshake")
        }
        switch outcome {
        case .done(let channel):
            return try await channel.executeThenClose { inbound, outbound in
                var connection = WebSocketConnection(
                    endpoint: endpoint, inbound: inbound.makeAsyncIterator(), outbound: outbound)
                return try await body(&connection)
            }
        case .refused(let channel):
            throw Refusal(response: try await response(on: channel))
        }
    }

    private static func configure(_ channel: any Channel, head: HTTPRequestHead) throws -> EventLoopFuture<Upgrade> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade>(
            maxFrameSize: messageBytesMax,
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        IdleStateHandler(readTimeout: silenceBeforePing),
                        SilenceHandler(),
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1 << 16,
                            maxAccumulatedFrameSize: messageBytesMax))
                    return .done(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            })
        var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
            upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                upgradeRequestHead: head, upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        .refused(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                    }
                }))
        // A broker may speak at once, in the same segment as its 101.
        configuration.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: configuration)
    }

    private func response(
        on channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
    ) async throws -> HTTPResponse {
        try await channel.executeThenClose { inbound, _ in
            var head: HTTPResponseHead?
            var body: [UInt8] = []
            do {
                loop: for try await part in inbound {
                    switch part {
                    case .head(let part): head = part
                    case .body(let buffer): body += Array(buffer.readableBytesView)
                    case .end: break loop
                    }
                }
            } catch {
                // The head alone says enough; without it there was no answer.
            }
            guard let head else {
                throw ClientError(.interrupted, "the broker at \(endpoint) did not answer the WebSocket handshake")
            }
            return HTTPResponse(
                status: Int(head.status.code), headers: head.headers.map { ($0.name, $0.value) }, body: body)
        }
    }
}

/// Finds out whether a silent peer is still there: a ping after one idle period, the end after two.
private final class SilenceHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private var hasAsked = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasAsked = false
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
        if hasAsked {
            context.close(promise: nil)
        } else {
            hasAsked = true
            let ping = WebSocketFrame(fin: true, opcode: .ping, maskKey: .random(), data: ByteBuffer())
            context.writeAndFlush(wrapOutboundOut(ping), promise: nil)
        }
    }
}

@available(*, unavailable)
extension SilenceHandler: Sendable {}
