import Client

/// An input with one event a line, batch by batch, as it is read: memory holds one piece and one batch.
actor BatchInput {
    /// A line may not be longer: no broker takes an event of this size.
    private static let lineBytesMax = 64 << 20

    private let file: InputFile
    private var splitter = LineSplitter()
    private var batcher = LineBatcher()
    private var ready: [LineBatch] = []
    private var isAtEnd = false
    private var isEmpty = true

    init(_ file: InputFile) {
        self.file = file
    }

    /// The batch that is to be sent; the same one until `done()`. Nil at the end.
    /// - Throws: ``CommandFailure`` where the input cannot be read or holds nothing.
    func current() async throws -> LineBatch? {
        while ready.isEmpty, !isAtEnd {
            guard let piece = try await file.next() else {
                if let last = splitter.finish() { add(last) }
                if let last = batcher.finish() { ready.append(last) }
                isAtEnd = true
                break
            }
            splitter.append(piece) { add($0) }
            guard splitter.waitingBytes <= Self.lineBytesMax else {
                throw CommandFailure(
                    "\(file.name) has a line of more than \(Self.lineBytesMax >> 20) MiB; give one event a line")
            }
        }
        if let first = ready.first {
            isEmpty = false
            return first
        }
        if isEmpty { throw CommandFailure("\(file.name) holds no event") }
        return nil
    }

    /// The batch is published.
    func done() { ready.removeFirst() }

    private func add(_ line: [UInt8]) {
        if let batch = batcher.add(line) { ready.append(batch) }
    }
}
