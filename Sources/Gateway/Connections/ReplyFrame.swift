import Broker
import EventLog
import JSONText

/// The texts that the gateway itself sends to a connection.
enum ReplyFrame {
    /// API Gateway's error frame, byte for byte: one blank, after `"message":`, and the keys in this order.
    static func error(_ message: String, _ connection: ConnectionID, _ request: RequestID) -> [UInt8] {
        var frame = Array(#"{"message": "#.utf8)
        JSONWriter.appendString(message.utf8, to: &frame)
        frame += Array(#", "connectionId":"\#(connection)", "requestId":"\#(request)"}"#.utf8)
        return frame
    }

    /// The answer to `GET_CONNECTION_ID`.
    static func connectionID(_ connection: ConnectionID) -> [UInt8] {
        Array(#"{"connectionId":"\#(connection)"}"#.utf8)
    }

    /// Tells of the connection's pattern, in answer to a message. `sequence` and `after` are places in the log: the
    /// pattern holds for all events behind them, and for none up to them.
    ///
    /// - Parameter replaced: the text of another pattern that the connection's session had.
    static func news(
        _ news: PatternNews, action: String, _ connection: ConnectionID, _ request: RequestID, replaced: String? = nil
    ) -> [UInt8] {
        let ids = #""connectionId":"\#(connection)","requestId":"\#(request)""#
        let head = { (status: String) in #"{"action":"\#(action)","status":"\#(status)",\#(ids)"# }
        switch news {
        case .holds(let place):
            let status = action == "pattern" ? "stored" : "cleared"
            var text = Array((head(status) + self.place(place.sequence, place.event) + reach(place.reach)).utf8)
            if let replaced {
                text += Array(#","replaced":"#.utf8)
                JSONWriter.appendString(replaced.utf8, to: &text)
            }
            return text + Array("}".utf8)
        case .live(let sequence, let event):
            return Array((head("live") + place(sequence, event) + "}").utf8)
        case .ended(let events, let last):
            return Array((head("ended") + #","events":\#(events)"# + place(nil, last) + "}").utf8)
        case .failed:
            return error("InternalServerErrorException: the event log cannot be read", connection, request)
        }
    }

    /// The same for a pattern that came with the URL or a session: only what must be told, so that all other frames are
    /// events.
    static func unaskedNews(
        _ news: PatternNews, _ connection: ConnectionID, _ request: RequestID, replaced: String? = nil
    ) -> [UInt8]? {
        switch news {
        case .holds(let place) where place.reach?.gap != true && replaced == nil: nil
        case .live: nil
        case .holds, .ended, .failed:
            self.news(news, action: "pattern", connection, request, replaced: replaced)
        }
    }

    private static func place(_ sequence: SequenceNumber?, _ event: EventID?) -> String {
        (sequence.map { #","sequence":\#($0)"# } ?? "") + (event.map { #","after":"\#($0)""# } ?? "")
    }

    private static func reach(_ reach: PatternPlace.Reach?) -> String {
        guard let reach else { return "" }
        guard reach.gap else { return #","gap":false"# }
        return #","gap":true"# + (reach.oldest.map { #","oldest":"\#($0)""# } ?? "")
    }
}
