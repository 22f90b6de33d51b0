internal import JSONText

/// Cuts a body that arrives in pieces into lines, holding one piece and at most one line. A line that lies in one piece
/// is not copied.
struct LineSplitter {
    struct Line {
        /// From 1.
        let number: Int
        /// What the line lies in; nil when the line is longer than a line may be.
        let text: [UInt8]?
        /// Where in the text it lies, without its end.
        let range: Range<Int>
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
        let end = TextRun.first(UInt8(ascii: "\n"), in: piece.span, from: position)
        guard end < piece.count else {
            take(until: end)
            return nil
        }
        let start = position
        guard begun.isEmpty, !isTooLong, end - start <= lineBytesMax else {
            take(until: end)
            position = end + 1
            return line()
        }
        position = end + 1
        number += 1
        return Line(number: number, text: piece, range: start..<end)
    }

    /// What came after the last end of a line, when the body is over; nil when that is nothing.
    mutating func last() -> Line? {
        begun.isEmpty && !isTooLong ? nil : line()
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
        return Line(number: number, text: isTooLong ? nil : begun, range: 0..<begun.count)
    }
}
