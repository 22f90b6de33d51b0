import Broker
import EventLog
import NIOCore

/// What an HTTP response that goes on is made of: server-sent events (WHATWG HTML §9.2), or lines of JSON.
enum EventStreamText {
    /// An event. Its id is the place where a client that comes back goes on.
    ///
    /// - Parameter left: as in ``StreamPosition``.
    static func event(_ event: LoggedEvent, _ form: Form, left: Int? = nil) -> ByteBuffer {
        let envelope = event.event.envelope
        var buffer = ByteBuffer()
        buffer.reserveCapacity(envelope.count + 64)
        if form == .serverSentEvents {
            buffer.writeStaticString("id: ")
            var id: [UInt8] = []
            event.event.id.appendText(to: &id)
            buffer.writeBytes(id)
            if let left { buffer.writeString(StreamPosition.mark(left)) }
            buffer.writeStaticString("\ndata: ")
        }
        write(envelope, to: &buffer)
        buffer.writeStaticString(form == .serverSentEvents ? "\n\n" : "\n")
        return buffer
    }

    /// A message that somebody sent through `@connections`, or one of the broker's own, which is a `notice`.
    ///
    /// - Parameter position: where it moves the client's place.
    static func message(
        _ text: [UInt8], isNotice: Bool, _ form: Form, position: StreamPosition? = nil
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        if form == .serverSentEvents {
            if let position { buffer.writeString("id: \(position)\n") }
            if isNotice { buffer.writeStaticString("event: notice\n") }
            buffer.writeStaticString("data: ")
        }
        write(text, to: &buffer)
        buffer.writeStaticString(form == .serverSentEvents ? "\n\n" : "\n")
        return buffer
    }

    /// Moves the client's place without an event: `EventSource` keeps the id of a block that has no data, and shows
    /// nothing.
    static func place(_ position: StreamPosition, _ form: Form) -> ByteBuffer? {
        form == .serverSentEvents ? ByteBuffer(string: "id: \(position)\n\n") : nil
    }

    /// Something that means nothing, so that proxies keep the connection and a dead one is found.
    static func ping(_ form: Form) -> ByteBuffer {
        ByteBuffer(string: form == .serverSentEvents ? ":\n\n" : "\n")
    }

    /// How long `EventSource` waits before it comes back, in milliseconds.
    static let retry = 2_000

    static func start(_ form: Form) -> String {
        form == .serverSentEvents ? "retry: \(retry)\n\n" : ""
    }

    /// Which of the two.
    enum Form: Sendable {
        case serverSentEvents
        case lines

        var mediaType: String {
            switch self {
            case .serverSentEvents: "text/event-stream"
            case .lines: "application/x-ndjson"
            }
        }
    }

    /// A line break can stand only between the tokens of JSON, where a blank means the same.
    private static func write(_ text: [UInt8], to buffer: inout ByteBuffer) {
        guard text.contains(where: { $0 == 0x0A || $0 == 0x0D }) else {
            buffer.writeBytes(text)
            return
        }
        buffer.writeBytes(text.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
    }
}
