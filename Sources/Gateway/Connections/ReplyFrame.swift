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

    /// Says that a change of the pattern holds for all events after `sequence`, and for none up to it.
    static func acknowledgement(
        action: String, status: String, _ connection: ConnectionID, _ request: RequestID, _ sequence: SequenceNumber
    ) -> [UInt8] {
        let ids = #""connectionId":"\#(connection)","requestId":"\#(request)""#
        return Array(#"{"action":"\#(action)","status":"\#(status)",\#(ids),"sequence":\#(sequence.rawValue)}"#.utf8)
    }
}
