import NIOCore

/// The body of a request while it arrives: chunks of bytes in order, with back-pressure.
///
/// A consumer that is slower than the network stops the reading from the socket, so at most about 1 MiB waits in
/// memory. Can be iterated once. Iterating throws ``RequestBodyError`` when the client goes away before the end.
package struct RequestBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    typealias Producer = NIOThrowingAsyncSequenceProducer<
        [UInt8], any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, RequestBodyReading
    >

    private enum Source: Sendable {
        case held([UInt8])
        case streamed(Producer)
    }

    private let source: Source

    /// A body that is in memory already.
    package init(held bytes: [UInt8]) {
        source = .held(bytes)
    }

    init(streamed producer: Producer) {
        source = .streamed(producer)
    }

    package func makeAsyncIterator() -> AsyncIterator {
        switch source {
        case .held(let bytes): AsyncIterator(held: bytes.isEmpty ? nil : bytes, streamed: nil)
        case .streamed(let producer): AsyncIterator(held: nil, streamed: producer.makeAsyncIterator())
        }
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var held: [UInt8]?
        fileprivate var streamed: Producer.AsyncIterator?

        package mutating func next() async throws -> [UInt8]? {
            if let streamed { return try await streamed.next() }
            defer { held = nil }
            return held
        }
    }
}

/// The client did not send the whole body.
package struct RequestBodyError: Error, CustomStringConvertible {
    package let description: String
}

/// Lets the consumer of a body start and stop the reading from the socket. May be called from any thread.
final class RequestBodyReading: NIOAsyncSequenceProducerDelegate {
    private let wantsMore: @Sendable () -> Void
    private let ended: @Sendable () -> Void

    init(wantsMore: @escaping @Sendable () -> Void, ended: @escaping @Sendable () -> Void) {
        self.wantsMore = wantsMore
        self.ended = ended
    }

    func produceMore() { wantsMore() }
    func didTerminate() { ended() }
}
