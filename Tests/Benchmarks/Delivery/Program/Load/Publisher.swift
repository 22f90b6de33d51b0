/// One connection that publishes: one request after the other; the next may go out before the last is answered.
struct Publisher {
    let socket: StreamSocket
    /// The request under way.
    private var request = 0
    private var sentBytes = 0
    private var response = ContiguousArray<UInt8>()

    init(socket: StreamSocket) {
        self.socket = socket
        response.reserveCapacity(1 << 16)
    }

    mutating func begin(_ request: Int) {
        self.request = request
        sentBytes = 0
    }

    /// - Returns: whether the whole request is sent; `nil` when the connection has ended.
    mutating func send(_ requests: borrowing ContiguousArray<EventTexts.Request>) -> Bool? {
        let request = requests[request].bytes
        let bytes = request.span
        while sentBytes < bytes.count {
            switch socket.send(bytes.extracting(droppingFirst: sentBytes)) {
            case .bytes(let count): sentBytes += count
            case .wouldWait: return false
            case .ended: return nil
            }
        }
        return true
    }

    /// - Returns: the status of the first response that has not been told of, once it is complete.
    mutating func read(_ bytes: Span<UInt8>) -> Int? {
        for index in bytes.indices { response.append(bytes[index]) }
        guard let head = HTTPMessageHead(response.span), response.count >= head.byteCount + head.contentLength
        else { return nil }
        response.removeFirst(head.byteCount + head.contentLength)
        return head.status
    }
}
