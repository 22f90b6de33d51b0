import Gateway
import NIOCore
import Testing

@Suite("Buffers of responses")
struct ResponseBuffersTests {
    private static func address(_ buffer: ByteBuffer) -> UnsafeRawPointer? {
        buffer.withUnsafeReadableBytes { $0.baseAddress }
    }

    @Test("A response that has not left stays as it is, however many follow")
    func waiting() {
        var buffers = ResponseBuffers(count: 2)
        let waiting = (0..<9).map { number in buffers.bytes { $0.writeString("response \(number)") } }
        #expect(waiting.map(String.init(buffer:)) == (0..<9).map { "response \($0)" })
    }

    @Test("The memory of one that has left is there for another")
    func reuse() {
        var buffers = ResponseBuffers(count: 2)
        let first = Self.address(buffers.bytes { $0.writeString("a response") })
        #expect(Self.address(buffers.bytes { $0.writeString("another") }) != first)
        #expect(Self.address(buffers.bytes { $0.writeString("the third") }) == first)
    }

    @Test("That of a long one is not held")
    func long() {
        var buffers = ResponseBuffers(count: 1)
        let long = buffers.bytes { $0.writeRepeatingByte(0, count: ResponseBuffers.heldBytesMax + 1) }
        #expect(long.readableBytes == ResponseBuffers.heldBytesMax + 1)
        #expect(buffers.bytes { $0.writeString("short") }.capacity <= ResponseBuffers.heldBytesMax)
    }
}
