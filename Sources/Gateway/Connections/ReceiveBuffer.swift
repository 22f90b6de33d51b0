import NIOCore

/// How many bytes one read takes: twice as many after each read that was full, half as many after two in a row that left
/// half of it empty. After one it would never be settled how long requests of one length are: the next full read would
/// undo it.
///
/// NIO keeps the first buffer of a connection for as long as the connection lives, so where this begins is memory per idle
/// subscriber. Small enough to stand in an existential without an allocation, unlike NIO's adaptive one.
struct ReceiveBuffer: RecvByteBufferAllocator {
    /// What a new connection begins with: a plain handshake fits.
    private static let bytesMin: Int32 = 256

    /// Before it is known what a connection is for: a publisher sends much.
    static let http = ReceiveBuffer(bytesMax: 64 * 1024)
    /// For a WebSocket, whose clients say little: a large message comes in several reads, and no connection is left with
    /// a large buffer because it once sent one.
    static let webSocket = ReceiveBuffer(bytesMax: 4096)

    private let bytesMax: Int32
    private var bytes = bytesMin
    private var wasSmall = false

    private init(bytesMax: Int32) {
        self.bytesMax = bytesMax
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        allocator.buffer(capacity: Int(bytes))
    }

    func nextBufferSize() -> Int? { Int(bytes) }

    mutating func record(actualReadBytes: Int) -> Bool {
        let isSmall = actualReadBytes <= bytes / 2
        defer { wasSmall = isSmall }
        if actualReadBytes >= bytes {
            guard bytes < bytesMax else { return false }
            bytes = min(2 * bytes, bytesMax)
            return true
        }
        if isSmall, wasSmall { bytes = max(bytes / 2, Self.bytesMin) }
        return false
    }
}
