import Broker
import EventPattern

/// What a connection asks for with its URL: `?pattern=`, the parameters of ``ReplayRequest``, and `session`.
final class ConnectQuery: Sendable {
    let pattern: EventPattern?
    let replay: Replay?
    /// The name of the session.
    let session: String?
    /// `acknowledge=true`: the client itself says what it has of the session's events.
    let acknowledges: Bool
    /// `from=latest`: what a session missed is left out.
    let startsNow: Bool

    /// - Parameter lastEventID: where the client says that it stopped (``StreamPosition``); counts instead of what the URL
    ///   says of the start, which `EventSource` sends each time.
    /// - Throws: the answer to a query that makes no sense, or of which nothing is left to answer: 204, at which
    ///   `EventSource` comes back no more (WHATWG HTML §9.2).
    /// - Returns: nil when nothing is asked for.
    init?(_ request: GatewayRequest, lastEventID: String? = nil) throws(GatewayResponse.Refusal) {
        let text = request.queryValue("pattern")
        session = request.queryValue("session")
        acknowledges = request.queryValue("acknowledge") == "true"
        startsNow = ReplayRequest.startsNow(request.queryValue("from"))
        let position = lastEventID.flatMap { $0.isEmpty ? nil : StreamPosition($0) }
        do throws(ReplayRequest.Refusal) {
            replay = try ReplayRequest.replay { name in
                guard let position else { return request.queryValue(name) }
                return switch name {
                case "after": position.place
                case "since", "from": nil
                // Behind the end none would be wanted, which is no limit.
                case "limit": position.left.map { "\(max($0, 1))" } ?? request.queryValue(name)
                default: request.queryValue(name)
                }
            }
        } catch {
            throw .init(.error(400, "BadRequestException", error.message))
        }
        do throws(EventPatternError) {
            pattern = try text.map { text throws(EventPatternError) in try EventPattern(parsing: Array(text.utf8)) }
        } catch {
            throw .init(.error(400, "InvalidEventPatternException", error.message))
        }
        if let session, !Sessions.isName(session) {
            let rule = "1 to 128 letters, digits, dots, underscores and hyphens"
            throw .init(.error(400, "BadRequestException", "session is a name of \(rule)"))
        }
        if replay != nil, pattern == nil, session == nil {
            let message = "what to replay is said by pattern, which is missing"
            throw .init(.error(400, "BadRequestException", message))
        }
        if position?.left == 0 {
            throw .init(
                GatewayResponse(status: 204, headers: request.header("origin").map(CrossOrigin.headers) ?? []))
        }
        if pattern == nil && session == nil { return nil }
    }
}
