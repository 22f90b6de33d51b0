/// Cuts a body that arrives in pieces into lines, holding one piece and at most one line.
struct LineSplitter {
    struct Line {
        /// From 1.
        let number: Int
        /// Without its end; nil when the line is longer than a line may be.
        let text: [UInt8]?
    }

    private let lineBytesMax: Int
    private var piece: [UInt8] = []
    private var position = 0
    /// The beginning of a line whose end has not come yet.
    private var begun: [UInt8] = []
    private var isTooLong = false
    private var number = 0

    /// - Parameter lineBytesMax: the longest line; what is longer is skipped up to its end.
    init(lineBytesMax: Int) {
        self.lineBytesMax = lineBytesMax
    }

    /// Adds the next piece of the body. The lines of the last one have been taken.
    mutating func append(_ next: [UInt8]) {
        piece = next
        position = 0
    }

    /// The next line that has its end; nil when more of the body is needed.
    mutating func next() -> Line? {
        guard let end = endOfLine() else {
            take(until: piece.count)
            return nil
        }
        take(until: end)
        position = end + 1
        return line()
    }

    /// What came after the last end of a line, when the body is over; nil when that is nothing.
    mutating func last() -> Line? {
        begun.isEmpty && !isTooLong ? nil : line()
    }

    private func endOfLine() -> Int? {
        var index = position
        while index < piece.count {
            if piece[index] == UInt8(ascii: "\n") { return index }
            index += 1
        }
        return nil
    }

    private mutating func take(until end: Int) {
        if isTooLong || begun.count + (end - position) > lineBytesMax {
            isTooLong = true
            begun = []
        } else {
            begun += piece[position..<end]
        }
        position = end
    }

    private mutating func line() -> Line {
        number += 1
        defer {
            begun = []
            isTooLong = false
        }
        return Line(number: number, text: isTooLong ? nil : begun)
    }
}
