import NIOCore

/// The frames that wait for one client, first in, first out, bounded in bytes.
///
/// A frame that many connections share is counted by each of them in full, so the bound holds whatever is shared.
struct OutboundQueue: Sendable {
    private var frames = CircularBuffer<ByteBuffer>(initialCapacity: 0)
    private(set) var bytes = 0
    let bytesMax: Int

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    var isEmpty: Bool { frames.isEmpty }
    var count: Int { frames.count }

    func hasRoom(for frameBytes: Int) -> Bool {
        frameBytes <= bytesMax - bytes
    }

    mutating func append(_ frame: ByteBuffer) {
        frames.append(frame)
        bytes += frame.readableBytes
    }

    mutating func popFirst() -> ByteBuffer? {
        guard let frame = frames.popFirst() else { return nil }
        bytes -= frame.readableBytes
        return frame
    }

    mutating func removeAll() {
        frames.removeAll(keepingCapacity: false)
        bytes = 0
    }
}
