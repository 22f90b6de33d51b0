/// What arrived.
struct Tally {
    var messages = 0
    /// Of messages, without frame headers.
    var payloadBytes = 0
    var pings = 0
    var closes = 0
}

/// Finds the frames in what a server sends, in pieces of any size, and looks at nothing but their headers.
struct FrameCounter {
    private var firstByte: UInt8 = 0
    private var headerByteCount = 0
    private var lengthBytesLeft = 0
    private var length = 0
    private var payloadLeft = 0

    mutating func consume(_ bytes: Span<UInt8>, into tally: inout Tally) {
        var position = 0
        while position < bytes.count {
            if payloadLeft == 0 {
                if header(bytes[position]) { begin(&tally) }
                position += 1
            } else {
                let count = min(payloadLeft, bytes.count - position)
                position += count
                payloadLeft -= count
                if firstByte & 0x08 == 0 { tally.payloadBytes += count }
            }
        }
    }

    /// - Returns: whether the header is complete.
    private mutating func header(_ byte: UInt8) -> Bool {
        headerByteCount += 1
        switch headerByteCount {
        case 1:
            firstByte = byte
            return false
        case 2:
            length = Int(byte & 0x7f)
            guard length >= 126 else { return true }
            lengthBytesLeft = length == 126 ? 2 : 8
            length = 0
            return false
        default:
            length = length << 8 | Int(byte)
            lengthBytesLeft -= 1
            return lengthBytesLeft == 0
        }
    }

    private mutating func begin(_ tally: inout Tally) {
        headerByteCount = 0
        payloadLeft = length
        switch firstByte & 0x0f {
        case 0x8: tally.closes += 1
        case 0x9: tally.pings += 1
        case 0x0, 0x1, 0x2: tally.messages += Int(firstByte >> 7)
        default: break
        }
    }
}
