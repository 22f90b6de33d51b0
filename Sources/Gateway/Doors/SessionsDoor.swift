import Broker
import EventLog
import JSONText

/// Named sessions over HTTP.
struct SessionsDoor: Sendable {
    private let sessions: Sessions
    private let callback: LocalCallbackAPI
    private let bus: EventBus

    init(_ services: GatewayServices) {
        sessions = services.sessions
        callback = services.callback
        bus = services.bus
    }

    /// `GET /{stage}/@sessions`: `{"sessions":[{"name","stage","pattern","cursor","behind","acknowledging",
    /// "connectionId","lastUsedAt"}]}`, by name. `behind` is how many events of the log follow the cursor, whether or
    /// not they match.
    func list(_ stage: String) async -> GatewayResponse {
        guard let head = try? await bus.head() else {
            return .error(500, "InternalServerErrorException", "The event log cannot be read")
        }
        var body = Array(#"{"sessions":["#.utf8)
        for (index, session) in sessions.all(stage: stage).enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            Self.append(session, head, to: &body)
        }
        return .json(200, body + Array("]}".utf8))
    }

    /// `DELETE /{stage}/@sessions/{name}`: forgets the session and closes its connection; 204. 500 when that could not be saved,
    /// which is tried again from then on.
    func delete(_ name: String, _ stage: String) async -> GatewayResponse {
        guard let connection = sessions.delete(SessionKey(stage: stage, name: name)) else {
            return .error(404, "NotFoundException", "There is no session of this name")
        }
        if let connection { callback.endSession(of: connection) }
        guard await sessions.save() else {
            return .error(
                500, "InternalServerErrorException", "The session is deleted, but may be back after a restart")
        }
        return GatewayResponse(status: 204)
    }

    private static func append(_ session: Sessions.Status, _ head: SequenceNumber, to body: inout [UInt8]) {
        let record = session.record
        body += Array(#"{"name":"\#(record.key.name)","stage":"\#(record.key.stage)","pattern":"#.utf8)
        if let pattern = record.pattern {
            JSONWriter.appendString(pattern.utf8, to: &body)
        } else {
            body += Array("null".utf8)
        }
        let behind = head > record.cursor ? head.rawValue - record.cursor.rawValue : 0
        let connection = session.connection.map { "\"\($0)\"" } ?? "null"
        let lastUsed = RFC3339.text(milliseconds: session.connection == nil ? record.lastUsed : WallClock.system.now())
        body += Array(
            (#","cursor":\#(record.cursor),"behind":\#(behind),"acknowledging":\#(record.isAcknowledging)"#
                + #","connectionId":\#(connection),"lastUsedAt":"\#(lastUsed)"}"#).utf8)
    }
}
