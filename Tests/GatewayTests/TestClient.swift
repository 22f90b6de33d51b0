import NIOCore
import NIOHTTP1
import NIOPosix

/// A client that works on bytes, so that tests can also say what no proper client would.
final class TestClient {
    struct Response {
        var status: Int
        var headers: [(name: String, value: String)]
        var body: String

        func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    struct Frame: Hashable {
        var opcode: UInt8
        var isCompressed = false
        var payload: [UInt8]

        var text: String { String(decoding: payload, as: UTF8.self) }
        /// The code of a close frame; 1005 when it has none.
        var closeCode: Int { payload.count < 2 ? 1005 : Int(payload[0]) << 8 | Int(payload[1]) }
        var closeReason: String { String(decoding: payload.dropFirst(2), as: UTF8.self) }
    }

    struct ConnectionClosed: Error {}

    private let channel: any Channel
    private var chunks: AsyncStream<ByteBuffer>.AsyncIterator
    private var received = ByteBuffer()
    private var isReading: Bool

    /// - Parameter readsAutomatically: `false` leaves what the server sends in the kernel, except for what the tests
    ///   wait for before ``readsAutomatically()`` is called.
    init(port: Int, readsAutomatically: Bool = true) async throws {
        let (stream, source) = AsyncStream.makeStream(of: ByteBuffer.self)
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: readsAutomatically)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(source: source))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        chunks = stream.makeAsyncIterator()
        isReading = readsAutomatically
    }

    deinit {
        channel.close(promise: nil)
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let source: AsyncStream<ByteBuffer>.Continuation

        init(source: AsyncStream<ByteBuffer>.Continuation) { self.source = source }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { source.yield(Self.unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { source.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// Begins to read whatever comes.
    func readsAutomatically() {
        isReading = true
        _ = channel.setOption(.autoRead, value: true)
    }

    // MARK: Bytes

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    func close() async throws {
        try await channel.close()
    }

    private func more() async throws {
        if !isReading { channel.read() }
        guard let chunk = await chunks.next() else { throw ConnectionClosed() }
        received.writeImmutableBuffer(chunk)
    }

    private func take(_ count: Int) async throws -> [UInt8] {
        while received.readableBytes < count { try await more() }
        return received.readBytes(length: count)!
    }

    /// Whether the server has closed the connection, with nothing sent before.
    func isClosedByServer() async -> Bool {
        guard received.readableBytes == 0 else { return false }
        return await chunks.next() == nil
    }

    /// Everything until the server closes the connection.
    func readToEnd() async -> String {
        while let chunk = await chunks.next() { received.writeImmutableBuffer(chunk) }
        return received.readString(length: received.readableBytes)!
    }

    // MARK: HTTP

    func request(
        _ method: String, _ target: String, headers: [(String, String)] = [], body: String? = nil
    ) async throws -> Response {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
        try await send(head + "\r\n" + (body ?? ""))
        return try await response()
    }

    /// The next line, without its end.
    func line() async throws -> String {
        while true {
            if let end = received.readableBytesView.firstIndex(of: 0x0A) {
                let line = received.readString(length: end - received.readerIndex + 1)!
                return String(line.dropLast())  // "\r\n" is one character
            }
            try await more()
        }
    }

    func head() async throws -> Response {
        let status = try await line().split(separator: " ")
        var response = Response(status: Int(status[1])!, headers: [], body: "")
        while case let line = try await line(), !line.isEmpty {
            let colon = line.firstIndex(of: ":")!
            response.headers.append(
                (String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " })))
        }
        return response
    }

    func response() async throws -> Response {
        var response = try await head()
        if let length = response.header("content-length").flatMap({ Int($0) }) {
            response.body = String(decoding: try await take(length), as: UTF8.self)
        }
        return response
    }

    /// One chunk of a chunked body; empty at its end.
    func chunk() async throws -> String {
        let length = Int(try await line(), radix: 16)!
        let text = String(decoding: try await take(length), as: UTF8.self)
        _ = try await line()
        return text
    }

    /// Asks for a response that goes on, and reads its head.
    func openStream(_ target: String, headers: [(String, String)] = []) async throws -> Response {
        let lines = (["GET \(target) HTTP/1.1", "Host: localhost"] + headers.map { "\($0.0): \($0.1)" })
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        return try await head()
    }

    // MARK: WebSocket

    static let handshakeHeaders = [
        ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]

    /// Opens a WebSocket; the answer is for those who expect a refusal.
    @discardableResult
    func upgrade(_ target: String = "/dev", headers: [(String, String)] = []) async throws -> Response {
        try await request("GET", target, headers: Self.handshakeHeaders + headers)
    }

    func sendFrame(
        _ payload: [UInt8], opcode: UInt8 = 1, isFinal: Bool = true, mask: [UInt8]? = [0x12, 0x34, 0x56, 0x78]
    ) async throws {
        try await send(Self.frame(payload, opcode: opcode, isFinal: isFinal, mask: mask))
    }

    static func frame(
        _ payload: [UInt8], opcode: UInt8 = 1, isFinal: Bool = true, mask: [UInt8]? = [0x12, 0x34, 0x56, 0x78]
    ) -> [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        switch payload.count {
        case ...125: bytes.append(maskBit | UInt8(payload.count))
        case ...0xFFFF: bytes += [maskBit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(maskBit | 127)
            bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
        }
        guard let mask else { return bytes + payload }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    func sendText(_ text: String) async throws { try await sendFrame(Array(text.utf8)) }

    /// The next frame of the server.
    func frame() async throws -> Frame {
        let start = try await take(2)
        var length = Int(start[1] & 0x7F)
        if length == 126 { length = try await take(2).reduce(0) { $0 << 8 | Int($1) } }
        if length == 127 { length = try await take(8).reduce(0) { $0 << 8 | Int($1) } }
        return Frame(opcode: start[0] & 0x0F, isCompressed: start[0] & 0x40 != 0, payload: try await take(length))
    }

    /// The text of the next frame that is no ping; pings are answered, as libraries do.
    func text() async throws -> String {
        while true {
            let frame = try await frame()
            guard frame.opcode == 9 else { return frame.text }
            try await sendFrame(frame.payload, opcode: 10)
        }
    }

    /// The code of the next frame, which closes; pings before it stay unanswered.
    func closeCode() async throws -> Int? {
        while true {
            let frame = try await frame()
            if frame.opcode == 8 { return frame.payload.prefix(2).reduce(0) { $0 << 8 | Int($1) } }
            guard frame.opcode == 9 else { return nil }
        }
    }

    /// Sends a text and returns the text of the next frame.
    func ask(_ text: String) async throws -> String {
        try await sendText(text)
        return try await self.text()
    }

    /// Asks the gateway for this connection's id.
    func connectionID() async throws -> String {
        let answer = try await ask(#"{"action":"GET_CONNECTION_ID"}"#)
        return String(answer.dropFirst(#"{"connectionId":""#.count).dropLast(2))
    }
}
