import Broker
import EventLog
import NIOCore

/// What a stream tells of its pattern, in its own form.
enum StreamNews {
    static func text(
        _ news: PatternNews, _ connection: ConnectionID, _ request: RequestID, _ form: EventStreamText.Form
    ) -> [UInt8]? {
        var bytes: [UInt8] = []
        // From the first moment on the client has a place to come back to, also when no event has come.
        switch news {
        case .holds(let place): append(EventStreamText.place(place.sequence, place.event, form), to: &bytes)
        case .live(let sequence, let event): append(EventStreamText.place(sequence, event, form), to: &bytes)
        case .ended, .failed: break
        }
        if let notice = ReplyFrame.unaskedNews(news, connection, request) {
            append(EventStreamText.message(notice, isNotice: true, form), to: &bytes)
        }
        return bytes.isEmpty ? nil : bytes
    }

    private static func append(_ text: ByteBuffer?, to bytes: inout [UInt8]) {
        if let text { bytes += text.readableBytesView }
    }
}
