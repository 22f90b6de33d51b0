import WebSocketFraming

/// The settings of many WebSocket connections, made once: each connection holds only a reference.
package final class WebSocketRules: Sendable {
    let settings: WebSocketSettings
    let readerLimits: WebSocketReader.Limits

    package init(_ settings: WebSocketSettings) {
        self.settings = settings
        readerLimits = .init(
            messageBytesMax: settings.messageBytesMax, frameBytesMax: settings.frameBytesMax,
            acceptsBinary: settings.acceptsBinary)
    }
}
