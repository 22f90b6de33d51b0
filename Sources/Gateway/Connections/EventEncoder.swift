import EventLog
import NIOCore
import WebSocketFraming

/// Puts events into the forms that connections get them in, and reads what clients compressed. One for each event loop,
/// which alone uses it: what compressing needs is there once for all of its connections, and only once somebody asks.
final class EventEncoder {
    private let compression: CompressionSettings
    private lazy var deflater = MessageDeflater(windowBits: DeflateAgreement.windowBits)
    private lazy var smallDeflater = MessageDeflater(windowBits: DeflateAgreement.smallWindowBits)
    private(set) lazy var inflater = MessageInflater()

    init(_ compression: CompressionSettings) {
        self.compression = compression
    }

    /// The bytes of an event for connections with `framing`.
    ///
    /// - Parameter plain: the event as a ``Framing/plain`` frame.
    func frame(_ framing: Framing, _ event: LoggedEvent, plain: ByteBuffer) -> ByteBuffer {
        if let stream = framing.stream { return EventStreamText.event(event, stream) }
        return message(framing, event.event.envelope, plain: plain)
    }

    /// A text as a frame of a WebSocket.
    ///
    /// - Parameter plain: the text as a ``Framing/plain`` frame.
    func message(_ framing: Framing, _ text: [UInt8], plain: ByteBuffer) -> ByteBuffer {
        switch framing {
        case .deflated: deflated(text, deflater, plain: plain)
        case .deflatedSmall: deflated(text, smallDeflater, plain: plain)
        case .plain, .serverSentEvents, .lines: plain
        }
    }

    private func deflated(_ message: [UInt8], _ deflater: MessageDeflater, plain: ByteBuffer) -> ByteBuffer {
        guard let bytesMin = compression.eventBytesMin, message.count >= bytesMin else { return plain }
        let frame = deflater.withDeflated(message.span) { FrameEncoder.compressedFrame(.text, $0) }
        return frame.readableBytes < plain.readableBytes ? frame : plain
    }
}

@available(*, unavailable)
extension EventEncoder: Sendable {}

/// Whether WebSocket messages are compressed (permessage-deflate, RFC 7692) for clients that offer it.
package struct CompressionSettings: Hashable, Sendable {
    /// Events of at least so many bytes are; `nil` declines every offer.
    package var eventBytesMin: Int?

    package init(eventBytesMin: Int? = nil) {
        self.eventBytesMin = eventBytesMin
    }
}
