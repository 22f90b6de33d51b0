import Client
import NIOCore
import NIOPosix
import Testing

/// A server on loopback that talks to each connection as a test says, byte by byte.
enum LoopbackServer {
    /// Serves connections with `serve`, one after the other, while `body` runs.
    static func run<Result: Sendable>(
        serve: @escaping @Sendable (inout Peer) async throws -> Void,
        _ body: @Sendable (Endpoint) async throws -> Result
    ) async throws -> Result {
        let (server, port) = try await bind { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.executeThenClose { connections in
                    for try await connection in connections {
                        try? await connection.executeThenClose { inbound, outbound in
                            var peer = Peer(inbound: inbound.makeAsyncIterator(), outbound: outbound)
                            try await serve(&peer)
                        }
                    }
                }
            }
            let result = try await body(Endpoint("http://127.0.0.1:\(port)"))
            group.cancelAll()
            return result
        }
    }

    /// Binds a free port below the range that the system gives to clients.
    static func bind<Output: Sendable>(
        _ configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> (NIOAsyncChannel<Output, Never>, port: Int) {
        let first = Int.random(in: 20_000..<30_000)
        for port in first..<first + 1000 {
            let server = try? await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "127.0.0.1", port: port, childChannelInitializer: configure)
            if let server { return (server, port) }
        }
        throw ClientError(.unreachable, "no free port from \(first)")
    }
}

/// The server's end of a connection.
struct Peer {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var waiting: [UInt8] = []

    init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    /// What the client sends up to `mark`, which is included; all of it where the mark never comes.
    mutating func read(through mark: String) async throws -> String {
        var end = waiting.firstRange(of: Array(mark.utf8))
        while end == nil, let buffer = try await inbound.next() {
            waiting += Array(buffer.readableBytesView)
            end = waiting.firstRange(of: Array(mark.utf8))
        }
        defer { waiting.removeFirst(end?.upperBound ?? waiting.count) }
        return String(decoding: waiting[..<(end?.upperBound ?? waiting.count)], as: UTF8.self)
    }

    /// Everything that the client sends until it closes the connection; returns the end of it.
    mutating func readToEnd() async throws -> String {
        while let buffer = try await inbound.next() { waiting = waiting.suffix(100) + Array(buffer.readableBytesView) }
        return String(decoding: waiting, as: UTF8.self)
    }

    func write(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
}

/// What a server saw, for a test to look at afterwards.
actor Transcript {
    private(set) var requests: [String] = []

    func add(_ request: String) { requests.append(request) }
}
