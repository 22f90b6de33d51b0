/// A client's message in its compressed form (RFC 7692 §6.2).
package struct CompressedMessage: Hashable, Sendable {
    let isText: Bool
    let payload: [UInt8]

    /// The message itself, which is held to the same limit and to UTF-8 as one that was not compressed.
    package func inflated(
        _ inflater: MessageInflater, _ limits: WebSocketReader.Limits
    ) throws(WebSocketFault) -> WebSocketEvent {
        let message = try bytes(inflater, limits)
        guard isText else { return .binary(message) }
        var text = UTF8Validator()
        guard text.consume(message.span) else { throw WebSocketFault(closeCode: .notUTF8) }
        guard text.isComplete else { throw WebSocketFault(closeCode: .endsWithinCharacter) }
        return .text(message)
    }

    private func bytes(
        _ inflater: MessageInflater, _ limits: WebSocketReader.Limits
    ) throws(WebSocketFault) -> [UInt8] {
        do throws(MessageInflater.Failure) {
            return try inflater.inflate(payload, bytesMax: limits.messageBytesMax)
        } catch {
            switch error {
            case .invalid: throw WebSocketFault(closeCode: .notDeflated)
            case .tooLong: throw WebSocketFault(closeCode: .messageTooLong(limit: limits.messageBytesMax))
            }
        }
    }
}
