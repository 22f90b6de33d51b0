import NIOCore

/// The frames that wait for one client, first in, first out, bounded in bytes.
///
/// Each frame counts with what it takes beside its bytes, so many small ones do not outgrow the bound. A frame that many connections share is counted by each of them in full, so the bound holds whatever is shared.
struct OutboundQueue: Sendable {
    private var frames = CircularBuffer<ByteBuffer>(initialCapacity: 0)
    private(set) var bytes = 0
    let bytesMax: Int

    /// What a waiting frame takes in memory beside its bytes.
    private static let frameOverhead = 96

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    var isEmpty: Bool { frames.isEmpty }
    var count: Int { frames.count }

    func hasRoom(for frameBytes: Int) -> Bool {
        frameBytes + Self.frameOverhead <= bytesMax - bytes
    }

    mutating func append(_ frame: ByteBuffer) {
        frames.append(frame)
        bytes += frame.readableBytes + Self.frameOverhead
    }

    mutating func popFirst() -> ByteBuffer? {
        guard let frame = frames.popFirst() else { return nil }
        bytes -= frame.readableBytes + Self.frameOverhead
        return frame
    }

    mutating func removeAll() {
        frames.removeAll(keepingCapacity: false)
        bytes = 0
    }
}
