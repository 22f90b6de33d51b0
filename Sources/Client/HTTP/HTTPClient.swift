package import Access
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Asks a broker over HTTP/1.1. Requests are signed where there is a signer.
package struct HTTPClient: Sendable {
    package let endpoint: Endpoint
    private let signer: RequestSigner?
    private let clock: @Sendable () -> Int64

    /// - Parameter clock: the time for signatures, in seconds since 1970-01-01T00:00:00Z.
    package init(endpoint: Endpoint, signer: RequestSigner?, clock: @escaping @Sendable () -> Int64) {
        self.endpoint = endpoint
        self.signer = signer
        self.clock = clock
    }

    /// Sends one request on a connection of its own.
    /// - Throws: ``ClientError``; any status is an answer.
    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await withConnection { connection in try await connection.send(request) }
    }

    /// Opens a connection, lends it to `body`, which may send one request after the other on it, and closes it.
    /// - Throws: ``ClientError``, or what `body` throws.
    package func withConnection<Result: Sendable>(
        _ body: @Sendable (inout HTTPConnection) async throws -> Result
    ) async throws -> Result {
        let channel = try await TCPConnection.open(to: endpoint) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                    wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = HTTPConnection(
                endpoint: endpoint, signer: signer, clock: clock, channel: channel.channel,
                inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&connection)
        }
    }
}

/// Opens TCP connections, and says in plain words why one did not open.
enum TCPConnection {
    static let connectTimeout = TimeAmount.seconds(10)

    static func open<Output: Sendable>(
        to endpoint: Endpoint, _ configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output {
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .connectTimeout(connectTimeout)
                .connect(host: endpoint.host, port: endpoint.port, channelInitializer: configure)
        } catch {
            throw ClientError(.unreachable, "no broker at \(endpoint): \(reason(error))")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let failure = error.connectionErrors.first { return reason(failure.error) }
            return "the host \(error.host) is not known"
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            return "connection refused; start one with `lambdaless serve`, or name another with --endpoint-url"
        case let error as IOError: return unsafe String(cString: strerror(error.errnoCode)).lowercased()
        case ChannelError.connectTimeout: return "no answer within \(connectTimeout.nanoseconds / 1_000_000_000) s"
        default: return "\(error)"
        }
    }
}
