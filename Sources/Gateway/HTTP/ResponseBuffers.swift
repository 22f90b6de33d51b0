package import NIOCore

/// The buffers in which an event loop puts together its responses to ordinary requests.
///
/// They are taken in turn. By the time it is one's turn again, what was in it has left, nearly always; then the memory is
/// there for the next one.
package struct ResponseBuffers {
    private var buffers: ContiguousArray<ByteBuffer>
    private var next = 0

    /// What is longer does not come often, and its memory is not held.
    package static let heldBytesMax = 1024

    /// - Parameter count: as many as responses wait for the same flush.
    package init(count: Int) {
        buffers = ContiguousArray(repeating: ByteBuffer(), count: count)
    }

    /// What `write` puts into an empty buffer.
    package mutating func bytes(_ write: (inout ByteBuffer) -> Void) -> ByteBuffer {
        next = next + 1 < buffers.count ? next + 1 : 0
        buffers[next].clear()
        write(&buffers[next])
        let bytes = buffers[next]
        if bytes.capacity > Self.heldBytesMax { buffers[next] = ByteBuffer() }
        return bytes
    }
}
