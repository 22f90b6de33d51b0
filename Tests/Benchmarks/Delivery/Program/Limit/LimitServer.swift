/// Accepts upgrades and POSTs, and writes what is posted to all WebSockets: no routing, no queues, no limits. It
/// understands what ``LoadCommand`` sends and little more.
struct LimitServer: ~Copyable {
    private var epoll: Epoll
    private let listener: StreamSocket
    private var subscribers: ContiguousArray<StreamSocket> = []
    /// By descriptor: whether it is a WebSocket.
    private var isSubscriber: ContiguousArray<Bool> = []
    /// Requests of which the end is still to come, by descriptor.
    private var begun: [Int32: ContiguousArray<UInt8>] = [:]
    /// The frames of one POST.
    private var run = ContiguousArray<UInt8>()
    /// Whether each message goes to one WebSocket, and to which the next one goes.
    private let isSpread: Bool
    private var nextSubscriber = 0
    /// From one WebSocket to the next: a prime, so that all get their turn, and neighbours not one after the other.
    private static let stride = 7_919

    /// Every client sends the key of RFC 6455's example, so the answer is the same for all.
    private static let upgraded = ContiguousArray(
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n").utf8)
    private static let done = ContiguousArray("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)

    init(port: UInt16, isSpread: Bool) throws(SystemError) {
        let epoll = try Epoll()
        listener = try StreamSocket.listening(on: port)
        epoll.add(listener.descriptor, UInt64(listener.descriptor))
        self.epoll = epoll
        self.isSpread = isSpread
        run.reserveCapacity(1 << 20)
    }

    /// Serves until the process is ended.
    mutating func serve() {
        var buffer = ContiguousArray<UInt8>(repeating: 0, count: 1 << 18)
        while true {
            for index in 0..<epoll.wait(milliseconds: -1) {
                let socket = StreamSocket(descriptor: Int32(epoll.token(index)))
                if socket.descriptor == listener.descriptor { accept() } else { read(socket, &buffer) }
            }
        }
    }

    private mutating func accept() {
        while let socket = listener.accept() {
            let descriptor = Int(socket.descriptor)
            while isSubscriber.count <= descriptor { isSubscriber.append(false) }
            epoll.add(socket.descriptor, UInt64(descriptor))
        }
    }

    private mutating func read(_ socket: StreamSocket, _ buffer: inout ContiguousArray<UInt8>) {
        switch socket.receive(into: &buffer) {
        case .wouldWait: return
        case .ended: end(socket)
        case .bytes(let count):
            if isSubscriber[Int(socket.descriptor)] { return }
            if begun[socket.descriptor] == nil, answer(socket, buffer.span.extracting(first: count)) { return }
            begun[socket.descriptor, default: []].append(contentsOf: buffer[..<count])
            guard let request = begun[socket.descriptor], answer(socket, request.span) else { return }
            begun[socket.descriptor] = nil
        }
    }

    private mutating func end(_ socket: StreamSocket) {
        if isSubscriber[Int(socket.descriptor)] {
            isSubscriber[Int(socket.descriptor)] = false
            subscribers.removeAll { $0.descriptor == socket.descriptor }
        }
        begun[socket.descriptor] = nil
        socket.close()
    }

    /// - Returns: false when the request is not complete.
    private mutating func answer(_ socket: StreamSocket, _ request: Span<UInt8>) -> Bool {
        guard let head = HTTPMessageHead(request) else { return false }
        if request[0] == UInt8(ascii: "G") {
            isSubscriber[Int(socket.descriptor)] = true
            subscribers.append(socket)
            Self.send(Self.upgraded.span, to: socket)
            return true
        }
        guard request.count >= head.byteCount + head.contentLength else { return false }
        publish(request.extracting(head.byteCount..<head.byteCount + head.contentLength))
        Self.send(Self.done.span, to: socket)
        return true
    }

    private mutating func publish(_ lines: Span<UInt8>) {
        if subscribers.isEmpty { return }
        run.removeAll(keepingCapacity: true)
        var start = 0
        for index in 0...lines.count where index == lines.count || lines[index] == UInt8(ascii: "\n") {
            if index > start { appendFrame(lines.extracting(start..<index)) }
            start = index + 1
            if isSpread, !run.isEmpty { sendToNext() }
        }
        if isSpread { return }
        for subscriber in subscribers { Self.send(run.span, to: subscriber) }
    }

    private mutating func sendToNext() {
        nextSubscriber = (nextSubscriber + Self.stride) % subscribers.count
        Self.send(run.span, to: subscribers[nextSubscriber])
        run.removeAll(keepingCapacity: true)
    }

    private mutating func appendFrame(_ payload: Span<UInt8>) {
        precondition(payload.count < 65_536, "events are small here")
        run.append(0x81)
        if payload.count < 126 {
            run.append(UInt8(payload.count))
        } else {
            run.append(126)
            run.append(UInt8(payload.count >> 8))
            run.append(UInt8(payload.count & 0xff))
        }
        for index in payload.indices { run.append(payload[index]) }
    }

    private static func send(_ bytes: Span<UInt8>, to socket: StreamSocket) {
        var sent = 0
        while sent < bytes.count {
            switch socket.send(bytes.extracting(droppingFirst: sent)) {
            case .bytes(let count): sent += count
            case .wouldWait: socket.waitUntilWritable()
            case .ended: return
            }
        }
    }
}
