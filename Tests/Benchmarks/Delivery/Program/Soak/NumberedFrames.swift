/// Reads the frames that a subscriber of the soak gets: of an event its number, of an answer its text. Of an event no other
/// byte is looked at, or reading would take more time than the broker's work.
struct NumberedFrames {
    enum Item {
        case event(number: Int)
        case answer(ContiguousArray<UInt8>)
        case ping
        case close
    }

    private enum Kind { case unknown, event, answer, other }

    /// Where the number of an event stands: everything before is of the same length in all of them.
    static let numberOffset =
        (#"{"version":"0","id":"00000000-0000-0000-0000-000000000000","detail-type":"t","source":"s","#
        + #""account":"000000000000","time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":[],"detail":{"n":"#)
        .utf8.count
    static let digits = 15
    /// What the first event has in its text: all have as many digits.
    static let firstNumber = 100_000_000_000_000

    private var header = FrameHeader()
    private var kind = Kind.unknown
    private var position = 0
    private var left = 0
    private var number = 0
    private var answer = ContiguousArray<UInt8>()

    /// Reads on until something is complete.
    ///
    /// - Parameter place: moved past what was read.
    mutating func next(_ bytes: Span<UInt8>, from place: inout Int) -> Item? {
        while place < bytes.count {
            if left == 0 {
                guard header.isComplete(with: bytes[place]) else {
                    place += 1
                    continue
                }
                place += 1
                begin()
            } else {
                let count = min(left, bytes.count - place)
                read(bytes.extracting(place..<place + count))
                place += count
                left -= count
            }
            if left == 0 { return end() }
        }
        return nil
    }

    private mutating func begin() {
        left = header.length
        position = 0
        number = 0
        answer.removeAll(keepingCapacity: true)
        kind = header.opcode == 1 ? .unknown : .other
        header = FrameHeader(opcode: header.opcode)
    }

    private mutating func read(_ bytes: Span<UInt8>) {
        var index = 0
        while kind == .unknown, index < bytes.count {
            // {"v of an envelope, or {"a of an answer.
            answer.append(bytes[index])
            index += 1
            if answer.count == 3 { kind = answer[2] == UInt8(ascii: "v") ? .event : .answer }
        }
        switch kind {
        case .answer:
            for rest in index..<bytes.count { answer.append(bytes[rest]) }
        case .event:
            let start = max(Self.numberOffset - position, 0)
            let end = min(Self.numberOffset + Self.digits - position, bytes.count)
            if start < end { for place in start..<end { number = number &* 10 &+ Int(bytes[place]) &- 48 } }
        case .unknown, .other:
            break
        }
        position += bytes.count
    }

    private mutating func end() -> Item? {
        switch (header.opcode, kind) {
        case (_, .event): .event(number: number - Self.firstNumber)
        case (1, _): .answer(answer)
        case (9, _): .ping
        case (8, _): .close
        default: nil
        }
    }
}

/// The header of a server's frame, byte by byte.
private struct FrameHeader {
    private(set) var opcode: UInt8 = 0
    private(set) var length = 0
    private var count = 0
    private var lengthBytes = 0

    init(opcode: UInt8 = 0) {
        self.opcode = opcode
    }

    mutating func isComplete(with byte: UInt8) -> Bool {
        count += 1
        switch count {
        case 1:
            opcode = byte & 0x0f
            return false
        case 2:
            length = Int(byte & 0x7f)
            guard length >= 126 else { return true }
            lengthBytes = length == 126 ? 2 : 8
            length = 0
            return false
        default:
            length = length << 8 | Int(byte)
            lengthBytes -= 1
            return lengthBytes == 0
        }
    }
}
