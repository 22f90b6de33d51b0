package import NIOCore

/// Whole frames, one behind the other in one buffer, that one connection gets in one go.
///
/// The bytes do not depend on the connection, so connections that get the same frames share one run.
package struct FrameRun: Sendable {
    package let bytes: ByteBuffer
    /// How many messages the frames carry.
    package let messages: Int
    /// Whether these are events, which a slow consumer may be spared; answers and messages of its own always arrive.
    package let isDroppable: Bool

    package init(_ bytes: ByteBuffer, messages: Int, isDroppable: Bool) {
        self.bytes = bytes
        self.messages = messages
        self.isDroppable = isDroppable
    }

    /// One frame that is no event.
    package static func message(_ frame: ByteBuffer) -> FrameRun {
        FrameRun(frame, messages: 1, isDroppable: false)
    }
}
