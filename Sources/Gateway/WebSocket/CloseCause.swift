/// Why a connection ended: the closed set of values of the metric `lambdaless_connections_closed_total`.
package enum CloseCause: String, CaseIterable, Sendable {
    /// The client closed, with a close frame.
    case client
    /// The client went away without a close frame.
    case lost
    /// The client broke the protocol or a limit.
    case clientFault = "client_fault"
    /// More waited for the client than the outbound queue may hold.
    case slowConsumer = "slow_consumer"
    /// Idle or lifetime limit.
    case expired
    /// No answer to a ping.
    case dead
    /// Another connection took its session, or the session was deleted.
    case session
    /// `DELETE /{stage}/@connections/{id}`.
    case api
    case shutdown
    /// A stream whose replay has come to its end.
    case ended
}
