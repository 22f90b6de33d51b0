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

    /// - Parameter lastEventID: where the client says that it stopped; counts instead of what the URL says of the start,
    ///   which `EventSource` sends each time.
    /// - Throws: the answer to a query that makes no sense.
    /// - Returns: nil when nothing is asked for.
    init?(_ request: GatewayRequest, lastEventID: String? = nil) throws(GatewayResponse.Refusal) {
        let text = request.queryValue("pattern")
        session = request.queryValue("session")
        acknowledges = request.queryValue("acknowledge") == "true"
        startsNow = request.queryValue("from")?.lowercased() == "latest"
        do throws(ReplayRequest.Refusal) {
            replay = try ReplayRequest.replay { name in
                guard let lastEventID, !lastEventID.isEmpty else { return request.queryValue(name) }
                return switch name {
                case "after": lastEventID
                case "since", "from": nil
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
        if pattern == nil && session == nil { return nil }
    }
}
