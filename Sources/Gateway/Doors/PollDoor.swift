import Broker
import EventLog
import EventPattern
import NIOCore

/// `GET /{stage}/events?pattern=…&wait=SECONDS`: the events behind a place, for clients that can hold no connection
/// open. Answers when there is one or the time is over.
struct PollDoor: Sendable {
    private let bus: EventBus
    private let admission: ConnectionAdmission
    private let connections: ConnectionAdmission

    /// Long enough to save requests, short enough for every proxy.
    private static let waitMax = 60
    private static let limitDefault = 100
    private static let limitMax = 1_000

    init(_ services: GatewayServices) {
        bus = services.bus
        admission = services.pollAdmission
        connections = services.admission
    }

    /// Answers `{"events":[…],"after":"…","gap":…}`; `after` is for the next request. Lines of events, and `after` in the
    /// header `Lambdaless-After`, for those who accept `application/x-ndjson`.
    func poll(_ request: GatewayRequest) async -> GatewayResponse {
        let query: ConnectQuery?
        do throws(GatewayResponse.Refusal) {
            query = try ConnectQuery(request, lastEventID: StreamPosition.text(broughtBy: request))
        } catch {
            return error.response
        }
        guard let pattern = query?.pattern else {
            return Self.refusal("pattern is missing: the events to get, percent-encoded")
        }
        guard query?.session == nil else {
            return Self.refusal("session is for WebSockets: a poll goes on behind the after of the answer before it")
        }
        guard let wait = request.queryValue("wait").flatMap({ Int($0) }), (0...Self.waitMax).contains(wait) else {
            return Self.refusal("wait is a number of seconds from 0 to \(Self.waitMax)")
        }
        let limit = query?.replay?.limit ?? Self.limitDefault
        guard limit <= Self.limitMax, query?.replay?.until == nil, query?.replay?.speed == nil else {
            return Self.refusal("with wait, limit is at most \(Self.limitMax), and there is no until and no speed")
        }
        guard admission.enter() else {
            return .error(
                429, "LimitExceededException",
                "\(admission.connectionsMax ?? 0) polls wait already; use a stream, without wait")
        }
        defer { admission.leave() }
        guard connections.enter() else { return .tooManyConnections(connections.connectionsMax ?? 0) }
        defer { connections.leave() }
        do {
            let poll = try await bus.poll(pattern, from: query?.replay?.start, limit: limit, wait: .seconds(wait))
            let isLines = request.headerList("accept", contains: EventStreamText.Form.lines.mediaType)
            return isLines ? Self.lines(poll) : Self.json(poll)
        } catch {
            return .error(500, "InternalServerErrorException", "The event log cannot be read")
        }
    }

    private static func refusal(_ message: String) -> GatewayResponse {
        .error(400, "BadRequestException", message)
    }

    private static func after(_ poll: Poll) -> String {
        poll.place.event?.description ?? poll.place.sequence.description
    }

    private static func json(_ poll: Poll) -> GatewayResponse {
        var body = Array(#"{"events":["#.utf8)
        for (index, event) in poll.events.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += event.event.envelope
        }
        body += Array(#"],"after":"\#(after(poll))","gap":\#(poll.place.reach?.gap ?? false)}"#.utf8)
        return .json(200, body)
    }

    private static func lines(_ poll: Poll) -> GatewayResponse {
        var body: [UInt8] = []
        for event in poll.events { body += EventStreamText.event(event, .lines).readableBytesView }
        return GatewayResponse(
            status: 200,
            headers: [
                ("Content-Type", EventStreamText.Form.lines.mediaType), ("Lambdaless-After", after(poll)),
                ("Lambdaless-Gap", "\(poll.place.reach?.gap ?? false)"),
            ], body: body)
    }
}
