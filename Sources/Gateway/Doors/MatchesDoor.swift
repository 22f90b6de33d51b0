import Broker
import EventLog
import JSONText

/// Inspection: which connections an event would reach, and which ones events do reach.
struct MatchesDoor: Sendable {
    private let bus: EventBus

    init(_ bus: EventBus) {
        self.bus = bus
    }

    /// `POST /{stage}/matches`: the body is an event. Answers
    /// `{"matches":[{"connectionId","pattern"}],"misses":[…]}`; misses, with their reasons, only with `?all=true`.
    func matches(_ request: GatewayRequest) async -> GatewayResponse {
        do throws(JSONSyntaxError) {
            let reports = try await bus.matches(request.body, all: request.queryValue("all") == "true")
            return .json(200, Self.jsonText(reports))
        } catch {
            return .error(
                400, "BadRequestException",
                "The event is not JSON: \(error.message) (line \(error.line), column \(error.column))")
        }
    }

    private static func jsonText(_ reports: [MatchReport]) -> [UInt8] {
        var text = Array(#"{"matches":["#.utf8)
        for (index, report) in reports.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text += Array(#"{"connectionId":"\#(report.connection)","pattern":"#.utf8)
            JSONWriter.appendString(report.pattern.utf8, to: &text)
            text.append(UInt8(ascii: "}"))
        }
        return text + Array(#"],"misses":[]}"#.utf8)
    }

    /// `GET /{stage}/matches`: one line for each event that matches from now on, until the client goes away:
    /// `{"eventId":"…","sequence":N,"connectionIds":[…]}`.
    func follow() -> HTTPReply {
        let head = GatewayResponse(status: 200, headers: [("Content-Type", "application/x-ndjson")])
        return .stream(head, bus.followMatches().map(\.jsonLine))
    }
}

extension MatchNotice {
    fileprivate var jsonLine: [UInt8] {
        let ids = connections.map { "\"\($0)\"" }.joined(separator: ",")
        return Array(
            #"{"eventId":"\#(event)","sequence":\#(sequence.rawValue),"connectionIds":[\#(ids)]}"#.utf8) + [0x0A]
    }
}
