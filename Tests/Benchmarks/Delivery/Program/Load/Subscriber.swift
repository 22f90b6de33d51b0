/// One WebSocket, from its handshake on.
struct Subscriber {
    enum Phase {
        case connecting
        /// The request is sent, the end of the response is awaited.
        case upgrading
        /// Open; the server is yet to send what makes it ready.
        case opening
        case ready
        case ended
    }

    let socket: StreamSocket
    var phase = Phase.connecting
    private(set) var openingFrames = 0
    private var frames = FrameCounter()
    /// The last four bytes of the response.
    private var tail: UInt32 = 0

    init(socket: StreamSocket) {
        self.socket = socket
    }

    /// - Returns: where the frames begin, once the response is complete; `nil` before.
    mutating func readResponse(_ bytes: Span<UInt8>) -> Int? {
        for index in bytes.indices {
            tail = tail << 8 | UInt32(bytes[index])
            if tail == 0x0d0a_0d0a { return index + 1 }
        }
        return nil
    }

    mutating func read(_ bytes: Span<UInt8>, into tally: inout Tally) {
        frames.consume(bytes, into: &tally)
    }

    /// Reads what the server says before the first event.
    mutating func readOpening(_ bytes: Span<UInt8>) {
        var tally = Tally()
        frames.consume(bytes, into: &tally)
        openingFrames += tally.messages
    }

    static func upgradeRequest(port: UInt16, path: String, headers: [String]) -> ContiguousArray<UInt8> {
        ContiguousArray(
            ("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                + headers.map { "\($0)\r\n" }.joined() + "\r\n").utf8)
    }

    /// A client's frame. The mask is zero, which leaves the payload as it is.
    static func frame(opcode: UInt8, _ payload: some Collection<UInt8>) -> ContiguousArray<UInt8> {
        precondition(payload.count < 65_536, "what clients send is short here")
        var frame: ContiguousArray<UInt8> = [0x80 | opcode]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        }
        return frame + [0, 0, 0, 0] + payload
    }
}
