// Any bytes as the frames of a client: read whole and in pieces, which must give the same, and never more than the limits,
// whether or not compression was agreed upon.
// fuzz-modules: WebSocketFraming
import WebSocketFraming

private let plain = WebSocketReader.Limits(messageBytesMax: 300, frameBytesMax: 200, acceptsBinary: true)
private let compressed = WebSocketReader.Limits(
    messageBytesMax: 300, frameBytesMax: 200, acceptsBinary: true, acceptsCompressed: true)

private func read(
    _ bytes: ArraySlice<UInt8>, pieceBytes: Int, _ limits: WebSocketReader.Limits
) -> (events: [WebSocketEvent], fault: CloseCode?) {
    // One for all connections, as in the gateway: what one message leaves behind must not change the next.
    let inflater = MessageInflater()
    var reader = WebSocketReader(limits: limits)
    var events: [WebSocketEvent] = []
    var rest = bytes
    while !rest.isEmpty {
        let piece = Array(rest.prefix(pieceBytes))
        rest = rest.dropFirst(pieceBytes)
        var position = 0
        do throws(WebSocketFault) {
            while var event = try reader.next(in: piece.span, from: &position) {
                if case .compressed(let message) = event { event = try message.inflated(inflater, limits) }
                events.append(event)
            }
        } catch {
            return (events, error.closeCode)
        }
        guard position == piece.count else { fatalError("bytes left without an event") }
    }
    return (events, nil)
}

private func check(_ event: WebSocketEvent) {
    switch event {
    case .text(let bytes):
        guard String(validating: bytes, as: UTF8.self) != nil else { fatalError("a text that is not UTF-8") }
        guard bytes.count <= 300 else { fatalError("a message over the limit") }
    case .binary(let bytes):
        guard bytes.count <= 300 else { fatalError("a message over the limit") }
    case .compressed:
        fatalError("a message that was not inflated")
    case .ping(let bytes), .pong(let bytes):
        guard bytes.count <= 125 else { fatalError("a control frame over the limit") }
    case .close(let code):
        guard code.map({ CloseCode.mayBeSent($0.code) && $0.reason.utf8.count <= 123 }) ?? true else {
            fatalError("a close code that must not be sent")
        }
    }
}

/// The first byte says how large the pieces are. Bit 7 of it puts right what nearly every input gets wrong: reserved bits
/// and the mask bit of the first frame. Bit 6 agrees upon compression, and then bit 5 compresses the first message.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrames(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var bytes = Array(UnsafeBufferPointer(start: start, count: count))[...]
    guard let first = bytes.popFirst() else { return 0 }
    if first & 0x80 != 0, bytes.count >= 2 {
        bytes[bytes.startIndex] &= 0x8F
        if first & 0x60 == 0x60 { bytes[bytes.startIndex] |= 0x40 }
        bytes[bytes.startIndex + 1] |= 0x80
    }
    let limits = first & 0x40 == 0 ? plain : compressed
    let whole = read(bytes, pieceBytes: max(bytes.count, 1), limits)
    let pieces = read(bytes, pieceBytes: Int(first & 0x0F) + 1, limits)
    guard whole.events == pieces.events, whole.fault == pieces.fault else {
        fatalError("\(whole) in one piece, \(pieces) in pieces")
    }
    for event in whole.events { check(event) }
    return 0
}
