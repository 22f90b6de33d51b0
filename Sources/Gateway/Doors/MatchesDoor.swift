import Broker
import EventLog
import EventPattern
import JSONText

/// Inspection: which connections an event would reach, and which ones events do reach.
struct MatchesDoor: Sendable {
    private let bus: EventBus
    private let callback: any CallbackAPI

    /// The longest event that misses are explained for.
    private static let explainedBytesMax = 256 * 1024

    init(_ bus: EventBus, _ callback: any CallbackAPI) {
        self.bus = bus
        self.callback = callback
    }

    /// `POST /{stage}/matches`: the body is an event. Answers
    /// `{"matches":[{"connectionId","pattern"}],"misses":[…]}`; misses, with their reasons, only with `?all=true`. Among
    /// them are connections that have set no pattern (`null`).
    func matches(_ request: GatewayRequest) async -> GatewayResponse {
        do throws(MatchesError) {
            let all = request.queryValue("all") == "true"
            guard !all || request.body.count <= Self.explainedBytesMax else {
                return .error(
                    413, "PayloadTooLargeException",
                    "An event to explain has at most \(Self.explainedBytesMax) bytes; ask without all=true")
            }
            let reports = try await bus.matches(request.body, all: all)
            return .json(200, Self.jsonText(reports, silent: all ? await withoutPattern() : []))
        } catch {
            switch error {
            case .notJSON(let fault):
                return .error(
                    400, "BadRequestException",
                    "The event is not JSON: \(fault.message) (line \(fault.line), column \(fault.column))")
            case .busy(let limit):
                return .error(
                    429, "TooManyRequestsException",
                    "\(limit) questions about events wait for an answer, the most that may; ask again later")
            }
        }
    }

    private func withoutPattern() async -> [String] {
        await callback.connections().filter { $0.pattern == nil }.map(\.id.description).sorted()
    }

    private static func jsonText(_ reports: [MatchReport], silent: [String]) -> [UInt8] {
        let sorted = reports.map { (id: $0.connection.description, report: $0) }.sorted { $0.id < $1.id }.map(\.report)
        var text = Array(#"{"matches":["#.utf8)
        append(sorted.filter(\.matched), to: &text)
        text += Array(#"],"misses":["#.utf8)
        let misses = sorted.filter { !$0.matched }
        append(misses, to: &text)
        for (index, id) in silent.enumerated() {
            if index > 0 || !misses.isEmpty { text.append(UInt8(ascii: ",")) }
            text += Array(#"{"connectionId":"\#(id)","pattern":null,"reason":"it has no pattern"}"#.utf8)
        }
        return text + Array("]}".utf8)
    }

    private static func append(_ reports: [MatchReport], to text: inout [UInt8]) {
        for (index, report) in reports.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text += Array(#"{"connectionId":"\#(report.connection)","pattern":"#.utf8)
            JSONWriter.appendString(report.pattern.utf8, to: &text)
            if let explanation = report.explanation {
                text += Array(#","reason":"#.utf8)
                JSONWriter.appendString((explanation.summary ?? "").utf8, to: &text)
                text += Array(#","explanation":"#.utf8)
                text += explanation.json
            }
            text.append(UInt8(ascii: "}"))
        }
    }

    /// `GET /{stage}/matches`: one line for each event that matches from now on, until the client goes away:
    /// `{"eventId":"…","sequence":N,"connectionIds":[…]}`.
    func follow() async -> HTTPReply {
        let head = GatewayResponse(status: 200, headers: [("Content-Type", "application/x-ndjson")])
        do throws(TooManyFollowers) {
            return .stream(head, try await bus.followMatches().map(\.jsonLine))
        } catch {
            return .whole(
                .error(
                    429, "TooManyRequestsException",
                    "\(error.limit) clients follow the matches of this broker, the most that may"))
        }
    }
}

extension MatchNotice {
    fileprivate var jsonLine: [UInt8] {
        let ids = connections.map { "\"\($0)\"" }.joined(separator: ",")
        // Told only when it happened: lines that a slow reader missed are a gap that it should know of.
        let missed = missedBefore > 0 ? #","missedBefore":\#(missedBefore)"# : ""
        return Array(
            #"{"eventId":"\#(eventID)","sequence":\#(sequence),"connectionIds":[\#(ids)]\#(missed)}"#.utf8) + [0x0A]
    }
}
