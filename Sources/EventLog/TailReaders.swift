/// Those who wait for a log to grow (`EventLog.tail()`). To be kept under the log's lock; who is told there is told the
/// newest head last. Telling runs nobody's code.
package struct TailReaders: Sendable {
    private var continuations: [Int: AsyncStream<SequenceNumber>.Continuation] = [:]
    private var next = 0
    private var isFinished = false

    package init() {}

    /// A stream that begins with `head`, and what to call `remove` with when it has ended.
    package mutating func add(head: SequenceNumber) -> (
        stream: AsyncStream<SequenceNumber>, continuation: AsyncStream<SequenceNumber>.Continuation, reader: Int
    ) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: SequenceNumber.self, bufferingPolicy: .bufferingNewest(1))
        let reader = next
        next += 1
        if isFinished {
            continuation.finish()
        } else {
            continuations[reader] = continuation
            continuation.yield(head)
        }
        return (stream, continuation, reader)
    }

    package mutating func remove(_ reader: Int) {
        continuations[reader] = nil
    }

    package func tell(of head: SequenceNumber) {
        for continuation in continuations.values { continuation.yield(head) }
    }

    /// Ends the streams, also those to come.
    ///
    /// - Returns: what to finish once the lock is left, because a stream that ends runs its termination handler.
    package mutating func finish() -> [AsyncStream<SequenceNumber>.Continuation] {
        isFinished = true
        defer { continuations = [:] }
        return Array(continuations.values)
    }
}
