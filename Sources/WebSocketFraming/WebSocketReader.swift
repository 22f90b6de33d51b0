/// What a client said: whole messages and control frames, in the order in which they were completed.
package enum WebSocketEvent: Hashable, Sendable {
    case text([UInt8])
    case binary([UInt8])
    /// The payload of a message that the client compressed; ``CompressedMessage`` reads it.
    case compressed(CompressedMessage)
    case ping([UInt8])
    case pong([UInt8])
    /// The client begins or answers the closing handshake; `nil` when its frame carries no code.
    case close(CloseCode?)
}

/// The client broke the protocol or a limit: the connection is to be closed with this code.
package struct WebSocketFault: Error, Hashable {
    package let closeCode: CloseCode
}

/// Reads the frames of a client (RFC 6455 §5) and puts messages together.
///
/// Bytes may arrive in pieces of any size; each is consumed at once, so nothing of a receive buffer need be kept. A message
/// grows with the bytes that have arrived, never with the length that a header claims. Faults are found at the first
/// byte that shows them: a header over a limit before its payload, invalid UTF-8 in the middle of a frame.
package struct WebSocketReader: Sendable {
    /// A class, because all connections share them.
    package final class Limits: Sendable {
        /// The longest message, all fragments together, in bytes.
        let messageBytesMax: Int
        /// The longest payload of one frame, in bytes.
        let frameBytesMax: Int
        /// Whether binary messages are taken; otherwise the first frame of one is a fault (1003).
        let acceptsBinary: Bool
        /// Whether permessage-deflate was agreed upon: the first frame of a message says with its first reserved bit
        /// that the message is compressed. The limits then hold for both forms of it.
        let acceptsCompressed: Bool

        package init(
            messageBytesMax: Int, frameBytesMax: Int, acceptsBinary: Bool = false, acceptsCompressed: Bool = false
        ) {
            self.messageBytesMax = messageBytesMax
            self.frameBytesMax = frameBytesMax
            self.acceptsBinary = acceptsBinary
            self.acceptsCompressed = acceptsCompressed
        }
    }

    /// The frame whose payload is being read.
    private struct Frame {
        let opcode: FrameOpcode
        let isFinal: Bool
        var remaining: Int
        let mask: UInt32
        /// Which byte of the mask is next, 0 to 3.
        var maskPhase: UInt8 = 0
    }

    private enum State {
        case start
        case length(opcode: FrameOpcode, isFinal: Bool)
        case extendedLength(opcode: FrameOpcode, isFinal: Bool, missing: UInt8, value: UInt64)
        case mask(opcode: FrameOpcode, isFinal: Bool, length: Int, missing: UInt8, value: UInt32)
        case payload(Frame)
        /// After a close frame or a fault: what follows means nothing.
        case finished
    }

    private let limits: Limits
    private var state = State.start
    /// The opcode of the message that is not finished yet.
    private var messageOpcode: FrameOpcode?
    /// Whether the message that began last is compressed.
    private var isCompressed = false
    private var message: [UInt8] = []
    private var control: [UInt8] = []
    private var text = UTF8Validator()

    package init(limits: Limits) {
        self.limits = limits
    }

    /// The next event in `bytes` from `position` on, `nil` when more bytes are needed.
    ///
    /// - Parameter position: moved past what was read: to the end when there is no event.
    package mutating func next(in bytes: Span<UInt8>, from position: inout Int) throws(WebSocketFault)
        -> WebSocketEvent?
    {
        do {
            return try step(bytes, &position)
        } catch {
            state = .finished
            message = []
            position = bytes.count
            throw error
        }
    }

    private mutating func step(_ bytes: Span<UInt8>, _ position: inout Int) throws(WebSocketFault) -> WebSocketEvent? {
        while true {
            switch state {
            case .payload(var frame):
                // A frame without payload ends where its header does.
                guard frame.remaining == 0 || position < bytes.count else { return nil }
                try readPayload(of: &frame, bytes, &position)
                guard frame.remaining == 0 else {
                    state = .payload(frame)
                    return nil
                }
                state = .start
                if let event = try finish(frame) { return event }
            case .finished:
                position = bytes.count
                return nil
            case .start, .length, .extendedLength, .mask:
                guard position < bytes.count else { return nil }
                state = try header(bytes[position])
                position += 1
            }
        }
    }

    /// The state after one more byte of a header.
    private mutating func header(_ byte: UInt8) throws(WebSocketFault) -> State {
        switch state {
        case .start:
            return try firstByte(byte)
        case .length(let opcode, let isFinal):
            return try lengthByte(byte, opcode: opcode, isFinal: isFinal)
        case .extendedLength(let opcode, let isFinal, let missing, let value):
            let value = value << 8 | UInt64(byte)
            return missing > 1
                ? .extendedLength(opcode: opcode, isFinal: isFinal, missing: missing - 1, value: value)
                : try headerWithLength(value, opcode: opcode, isFinal: isFinal)
        case .mask(let opcode, let isFinal, let length, let missing, let value):
            let value = value << 8 | UInt32(byte)
            return missing > 1
                ? .mask(opcode: opcode, isFinal: isFinal, length: length, missing: missing - 1, value: value)
                : .payload(Frame(opcode: opcode, isFinal: isFinal, remaining: length, mask: value))
        case .payload, .finished:
            return state
        }
    }

    private mutating func firstByte(_ byte: UInt8) throws(WebSocketFault) -> State {
        guard byte & (limits.acceptsCompressed ? 0x30 : 0x70) == 0 else {
            throw violation("Reserved bits are set, but no extension was negotiated")
        }
        let isCompressed = byte & 0x40 != 0
        guard let opcode = FrameOpcode(rawValue: byte & 0x0F) else { throw violation("Unknown opcode \(byte & 0x0F)") }
        let isFinal = byte & 0x80 != 0
        switch opcode {
        case .close, .ping, .pong:
            guard isFinal else { throw violation("A control frame must not be fragmented") }
            guard !isCompressed else { throw violation("A control frame must not be compressed") }
        case .continuation:
            guard messageOpcode != nil else { throw violation("A continuation frame without a message to continue") }
            guard !isCompressed else { throw violation("Only the first frame of a message says that it is compressed") }
        case .text, .binary:
            guard messageOpcode == nil else { throw violation("A new message before the last one was finished") }
            guard opcode == .text || limits.acceptsBinary else { throw WebSocketFault(closeCode: .binaryNotSupported) }
            self.isCompressed = isCompressed
        }
        return .length(opcode: opcode, isFinal: isFinal)
    }

    private func lengthByte(_ byte: UInt8, opcode: FrameOpcode, isFinal: Bool) throws(WebSocketFault) -> State {
        guard byte & 0x80 != 0 else { throw violation("A client must mask its frames") }
        let length = byte & 0x7F
        guard length <= 125 || !opcode.isControl else { throw violation("A control frame must not exceed 125 bytes") }
        switch length {
        case 126: return .extendedLength(opcode: opcode, isFinal: isFinal, missing: 2, value: 0)
        case 127: return .extendedLength(opcode: opcode, isFinal: isFinal, missing: 8, value: 0)
        default: return try headerWithLength(UInt64(length), opcode: opcode, isFinal: isFinal)
        }
    }

    private func headerWithLength(
        _ length: UInt64, opcode: FrameOpcode, isFinal: Bool
    ) throws(WebSocketFault) -> State {
        guard length >> 63 == 0 else { throw violation("The most significant bit of a length must be 0") }
        if !opcode.isControl {
            // `message.count` never exceeds its limit, so the subtraction cannot wrap.
            guard length <= UInt64(limits.messageBytesMax - message.count) else {
                throw WebSocketFault(closeCode: .messageTooLong(limit: limits.messageBytesMax))
            }
            guard length <= UInt64(limits.frameBytesMax) else {
                throw WebSocketFault(closeCode: .frameTooLong(limit: limits.frameBytesMax))
            }
        }
        return .mask(opcode: opcode, isFinal: isFinal, length: Int(length), missing: 4, value: 0)
    }

    private mutating func readPayload(
        of frame: inout Frame, _ bytes: Span<UInt8>, _ position: inout Int
    ) throws(WebSocketFault) {
        let part = bytes.extracting(position..<position + min(frame.remaining, bytes.count - position))
        position += part.count
        frame.remaining -= part.count
        if frame.opcode.isControl {
            Self.append(part, to: &control, mask: frame.mask, phase: &frame.maskPhase)
            return
        }
        let start = message.count
        Self.append(part, to: &message, mask: frame.mask, phase: &frame.maskPhase)
        guard !isCompressed, (messageOpcode ?? frame.opcode) == .text else { return }
        var text = text
        guard text.consume(message.span.extracting(start...)) else {
            throw WebSocketFault(closeCode: .notUTF8)
        }
        self.text = text
    }

    private mutating func finish(_ frame: Frame) throws(WebSocketFault) -> WebSocketEvent? {
        if frame.opcode.isControl {
            let payload = control
            control = []
            switch frame.opcode {
            case .ping: return .ping(payload)
            case .pong: return .pong(payload)
            default:
                let code = try closeCode(payload)
                state = .finished
                return .close(code)
            }
        }
        let opcode = messageOpcode ?? frame.opcode
        guard frame.isFinal else {
            messageOpcode = opcode
            return nil
        }
        guard opcode == .binary || text.isComplete else { throw WebSocketFault(closeCode: .endsWithinCharacter) }
        let payload = message
        message = []
        messageOpcode = nil
        if isCompressed { return .compressed(CompressedMessage(isText: opcode == .text, payload: payload)) }
        return opcode == .binary ? .binary(payload) : .text(payload)
    }

    /// RFC 6455 §5.5.1: nothing, or a code of two bytes and a reason in UTF-8.
    private func closeCode(_ payload: [UInt8]) throws(WebSocketFault) -> CloseCode? {
        if payload.isEmpty { return nil }
        guard payload.count >= 2 else { throw violation("A close frame of one byte has no room for a code") }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        guard CloseCode.mayBeSent(code) else { throw violation("Close code \(code) must not be sent") }
        guard let reason = String(validating: payload[2...], as: UTF8.self) else {
            throw WebSocketFault(closeCode: .invalidText("The reason of a close frame must be UTF-8"))
        }
        return CloseCode(code, reason)
    }

    private func violation(_ what: String) -> WebSocketFault {
        WebSocketFault(closeCode: .protocolViolation(what))
    }

    /// RFC 6455 §5.3: byte i of a payload is xored with byte i modulo 4 of the mask.
    private static func append(_ part: Span<UInt8>, to out: inout [UInt8], mask: UInt32, phase: inout UInt8) {
        let key: [4 of UInt8] = [
            UInt8(truncatingIfNeeded: mask >> 24), UInt8(truncatingIfNeeded: mask >> 16),
            UInt8(truncatingIfNeeded: mask >> 8), UInt8(truncatingIfNeeded: mask),
        ]
        // Not `reserveCapacity` for what is already doubled: it would allocate anew for every small part.
        if out.isEmpty { out.reserveCapacity(part.count) }
        let start = Int(phase)
        for index in part.indices { out.append(part[index] ^ key[(index &+ start) & 3]) }
        phase = UInt8((start &+ part.count) & 3)
    }
}
