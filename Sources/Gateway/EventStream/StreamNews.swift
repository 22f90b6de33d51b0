import Broker
import EventLog
import NIOCore

/// What a stream tells of its pattern, in its own form.
enum StreamNews {
    /// - Parameter left: how many events are to come, in a stream that was asked for so many.
    static func text(
        _ news: PatternNews, left: Int?, _ connection: ConnectionID, _ request: RequestID, _ form: EventStreamText.Form
    ) -> [UInt8]? {
        var bytes: [UInt8] = []
        // From the first moment on the client has a place to come back to, also when no event has come.
        var end: StreamPosition?
        switch news {
        case .holds(let place):
            append(EventStreamText.place(.init(place.sequence, place.event, left: left), form), to: &bytes)
        case .live(let sequence, let event):
            append(EventStreamText.place(.init(sequence, event, left: nil), form), to: &bytes)
        case .ended(_, let last): end = .init(.zero, last, left: 0)
        case .failed: break
        }
        if let notice = ReplyFrame.unaskedNews(news, connection, request) {
            append(EventStreamText.message(notice, isNotice: true, form, position: end), to: &bytes)
        }
        return bytes.isEmpty ? nil : bytes
    }

    private static func append(_ text: ByteBuffer?, to bytes: inout [UInt8]) {
        if let text { bytes += text.readableBytesView }
    }
}
