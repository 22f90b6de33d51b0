import NIOCore
import WebSocketFraming

/// Writes unmasked, unfragmented frames, which is what a server sends (RFC 6455 §5.1).
///
/// The bytes of a frame do not depend on the connection, so one encoded frame serves any number of them.
enum FrameEncoder {
    /// One whole frame: header and payload in one buffer.
    static func frame(_ opcode: FrameOpcode, _ payload: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        writeHeader(0x80 | opcode.rawValue, payloadBytes: payload.count, to: &buffer)
        buffer.writeBytes(payload)
        return buffer
    }

    /// One whole frame whose payload is a message that permessage-deflate has compressed (RFC 7692 §6.1).
    static func compressedFrame(_ opcode: FrameOpcode, _ payload: Span<UInt8>) -> ByteBuffer {
        var buffer = ByteBuffer()
        writeHeader(0xC0 | opcode.rawValue, payloadBytes: payload.count, to: &buffer)
        // Safe: an element is a byte, so no byte of the span is padding.
        unsafe buffer.writeBytes(payload.bytes)
        return buffer
    }

    /// Makes room for the frame, and writes what stands before the payload.
    private static func writeHeader(_ first: UInt8, payloadBytes: Int, to buffer: inout ByteBuffer) {
        buffer.reserveCapacity(payloadBytes + 10)
        buffer.writeInteger(first)
        switch payloadBytes {
        case ...125:
            buffer.writeInteger(UInt8(payloadBytes))
        case ...0xFFFF:
            buffer.writeInteger(126 as UInt8)
            buffer.writeInteger(UInt16(payloadBytes))
        default:
            buffer.writeInteger(127 as UInt8)
            buffer.writeInteger(UInt64(payloadBytes))
        }
    }

    /// A close frame; `nil` is one without a code, the answer to a close frame without one.
    static func close(_ code: CloseCode?) -> ByteBuffer {
        guard let code else { return frame(.close, []) }
        return frame(
            .close, [UInt8(code.code >> 8), UInt8(truncatingIfNeeded: code.code)] + code.reason.utf8.prefix(123))
    }
}
