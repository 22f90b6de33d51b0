import Broker
import EventLog
import NIOCore

/// What an HTTP response that goes on is made of: server-sent events (WHATWG HTML §9.2), or lines of JSON.
enum EventStreamText {
    /// An event. Its id is the place where a client that comes back goes on.
    static func event(_ event: LoggedEvent, _ form: Form) -> ByteBuffer {
        let envelope = event.event.envelope
        var buffer = ByteBuffer()
        buffer.reserveCapacity(envelope.count + 64)
        if form == .serverSentEvents {
            buffer.writeStaticString("id: ")
            var id: [UInt8] = []
            event.event.id.appendText(to: &id)
            buffer.writeBytes(id)
            buffer.writeStaticString("\ndata: ")
        }
        write(envelope, to: &buffer)
        buffer.writeStaticString(form == .serverSentEvents ? "\n\n" : "\n")
        return buffer
    }

    /// A message that somebody sent through `@connections`, or one of the broker's own, which is a `notice`.
    static func message(_ text: [UInt8], isNotice: Bool, _ form: Form) -> ByteBuffer {
        var buffer = ByteBuffer()
        if form == .serverSentEvents {
            if isNotice { buffer.writeStaticString("event: notice\n") }
            buffer.writeStaticString("data: ")
        }
        write(text, to: &buffer)
        buffer.writeStaticString(form == .serverSentEvents ? "\n\n" : "\n")
        return buffer
    }

    /// Moves the client's place without an event: `EventSource` keeps the id of a block that has no data, and shows
    /// nothing.
    static func place(_ sequence: SequenceNumber, _ event: EventID?, _ form: Form) -> ByteBuffer? {
        guard form == .serverSentEvents else { return nil }
        return ByteBuffer(string: "id: \(event.map(\.description) ?? sequence.description)\n\n")
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
