internal import Access

/// Lines that are published together.
package struct LineBatch: Hashable, Sendable {
    /// The lines, each with its line feed.
    package let body: [UInt8]
    /// Where each line stands in the input, from 1.
    package let numbers: [Int]
    /// Tells this batch from every other one, also from one with the same lines elsewhere in the input; the same for
    /// the same input, so that a broker recognises what it has been sent before.
    package let key: String
}

/// Puts lines together to batches; lines without text are passed over.
package struct LineBatcher: Sendable {
    private let linesMax: Int
    private let bytesMax: Int
    private var body: [UInt8] = []
    private var numbers: [Int] = []
    private var number = 0
    private var lastKey = ""

    /// - Parameters:
    ///   - linesMax: the lines of a batch: of more, a broker would not list all that it refuses.
    ///   - bytesMax: after so many bytes a batch ends.
    package init(linesMax: Int = 100, bytesMax: Int = 1 << 20) {
        self.linesMax = linesMax
        self.bytesMax = bytesMax
    }

    /// - Returns: the batch that this line completes.
    package mutating func add(_ line: [UInt8]) -> LineBatch? {
        number += 1
        guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { return nil }
        body += line
        body.append(UInt8(ascii: "\n"))
        numbers.append(number)
        return numbers.count >= linesMax || body.count >= bytesMax ? take() : nil
    }

    /// What is left at the end of the input.
    package mutating func finish() -> LineBatch? { numbers.isEmpty ? nil : take() }

    private mutating func take() -> LineBatch {
        // The broker keeps it with each event, so it is no longer than it has to be.
        lastKey = String(SHA256.hexadecimalHash(Array(lastKey.utf8) + body).prefix(32))
        defer {
            body = []
            numbers = []
        }
        return LineBatch(body: body, numbers: numbers, key: lastKey)
    }
}
