import NIOCore

/// The event loop's end of a ``RequestBody``: takes what arrives, and says when to stop reading.
final class RequestUpload {
    let body: RequestBody
    private let source: RequestBody.Producer.Source
    /// Whether enough waits for the door: nothing more should be read until it has taken some.
    private(set) var isFull = false

    /// - Parameter wantsMore: called from any thread when the door has taken enough, or went away.
    init(wantsMore: @escaping @Sendable () -> Void) {
        // A chunk is what one read from the socket gave, up to 64 KiB.
        let made = RequestBody.Producer.makeSequence(
            elementType: [UInt8].self, failureType: (any Error).self,
            backPressureStrategy: .init(lowWatermark: 4, highWatermark: 16), finishOnDeinit: false,
            delegate: RequestBodyReading(wantsMore: wantsMore, ended: wantsMore))
        source = made.source
        body = RequestBody(streamed: made.sequence)
    }

    func yield(_ bytes: ByteBuffer) {
        if case .stopProducing = source.yield(Array(bytes.readableBytesView)) { isFull = true }
    }

    /// The door has room again.
    func resume() {
        isFull = false
    }

    func finish() {
        source.finish()
    }

    func fail(_ error: RequestBodyError) {
        source.finish(error)
    }

    /// The response is out: nobody asks for the rest.
    func abandon() {
        isFull = false
        source.finish()
    }
}

@available(*, unavailable)
extension RequestUpload: Sendable {}
