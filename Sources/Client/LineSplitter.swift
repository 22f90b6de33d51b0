/// Puts lines together again that arrive in pieces.
package struct LineSplitter: Sendable {
    private var rest: [UInt8] = []

    package init() {}

    /// Takes the next piece and passes each line that it completes, without its line feed (and without a carriage
    /// return before it), in order. Costs one copy of a byte.
    package mutating func append(_ piece: some Collection<UInt8>, _ take: ([UInt8]) throws -> Void) rethrows {
        var start = piece.startIndex
        while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
            rest.append(contentsOf: piece[start..<end])
            try take(takeRest())
            start = piece.index(after: end)
        }
        rest.append(contentsOf: piece[start...])
    }

    /// Bytes of a line whose end has not come yet.
    package var waitingBytes: Int { rest.count }

    /// The last line, where the text ended without a line feed; nil where nothing is left.
    package mutating func finish() -> [UInt8]? {
        rest.isEmpty ? nil : takeRest()
    }

    private mutating func takeRest() -> [UInt8] {
        var line: [UInt8] = []
        swap(&line, &rest)
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }
}
