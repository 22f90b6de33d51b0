import WebSocketFraming

/// The settings of many WebSocket connections, made once: each connection holds only a reference.
package final class WebSocketRules: Sendable {
    let settings: WebSocketSettings
    /// What a client may send, and what one may with which compression was agreed upon.
    private let readerLimits: WebSocketReader.Limits
    private let compressedReaderLimits: WebSocketReader.Limits

    package init(_ settings: WebSocketSettings) {
        self.settings = settings
        func limits(acceptsCompressed: Bool) -> WebSocketReader.Limits {
            .init(
                messageBytesMax: settings.messageBytesMax, frameBytesMax: settings.frameBytesMax,
                acceptsBinary: settings.acceptsBinary, acceptsCompressed: acceptsCompressed)
        }
        readerLimits = limits(acceptsCompressed: false)
        compressedReaderLimits = limits(acceptsCompressed: true)
    }

    func readerLimits(isCompressed: Bool) -> WebSocketReader.Limits {
        isCompressed ? compressedReaderLimits : readerLimits
    }
}
