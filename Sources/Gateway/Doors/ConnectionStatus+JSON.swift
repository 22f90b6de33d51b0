import Broker
import JSONText

extension ConnectionStatus {
    /// What API Gateway tells of a connection:
    /// `{"connectedAt":"…","identity":{"sourceIp":"…","userAgent":…},"lastActiveAt":"…"}`.
    var shortJSONText: [UInt8] {
        var text = Array(#"{"connectedAt":"\#(Self.time(connectedAt))","identity":{"sourceIp":"#.utf8)
        Self.append(sourceIP, to: &text)
        text += Array(#","userAgent":"#.utf8)
        Self.append(userAgent, to: &text)
        text += Array(#"},"lastActiveAt":"\#(Self.time(lastActiveAt))"}"#.utf8)
        return text
    }

    /// The same with all that is known besides: id, stage, pattern and counters.
    var jsonText: [UInt8] {
        var text = Array(#"{"connectionId":"\#(id)","stage":"\#(stage)","#.utf8)
        text += shortJSONText.dropFirst().dropLast()
        text += Array(#","pattern":"#.utf8)
        Self.append(pattern, to: &text)
        let counts = [
            ("matched", counters.matched), ("sentMessages", counters.sentMessages), ("sentBytes", counters.sentBytes),
            ("droppedMessages", counters.droppedMessages), ("droppedBytes", counters.droppedBytes),
            ("queuedBytes", counters.queuedBytes),
        ]
        text += Array("\(counts.map { #","\#($0.0)":\#($0.1)"# }.joined())}".utf8)
        return text
    }

    private static func time(_ milliseconds: Int64) -> String {
        RFC3339.text(milliseconds: milliseconds, fraction: true)
    }

    private static func append(_ string: String?, to text: inout [UInt8]) {
        guard let string else { return text += Array("null".utf8) }
        JSONWriter.appendString(string.utf8, to: &text)
    }
}
