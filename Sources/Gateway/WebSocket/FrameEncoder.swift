import NIOCore
import WebSocketFraming

/// Writes unmasked, unfragmented frames, which is what a server sends (RFC 6455 §5.1).
///
/// The bytes of a frame do not depend on the connection, so one encoded frame serves any number of them.
enum FrameEncoder {
    /// One whole frame: header and payload in one buffer.
    static func frame(_ opcode: FrameOpcode, _ payload: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(payload.count + 10)
        buffer.writeInteger(0x80 | opcode.rawValue)
        switch payload.count {
        case ...125:
            buffer.writeInteger(UInt8(payload.count))
        case ...0xFFFF:
            buffer.writeInteger(126 as UInt8)
            buffer.writeInteger(UInt16(payload.count))
        default:
            buffer.writeInteger(127 as UInt8)
            buffer.writeInteger(UInt64(payload.count))
        }
        buffer.writeBytes(payload)
        return buffer
    }

    /// A close frame; `nil` is one without a code, the answer to a close frame without one.
    static func close(_ code: CloseCode?) -> ByteBuffer {
        guard let code else { return frame(.close, []) }
        return frame(
            .close, [UInt8(code.code >> 8), UInt8(truncatingIfNeeded: code.code)] + code.reason.utf8.prefix(123))
    }
}
