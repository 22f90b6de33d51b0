import Broker
import EventLog
import JSONText

/// Inspection: what the event log holds, and how fast it grew.
struct LogDoor: Sendable {
    private let bus: EventBus

    init(_ bus: EventBus) {
        self.bus = bus
    }

    /// `GET /{stage}/log`, of the bus that all stages subscribe to:
    ///
    ///     {"bus":"default","events":N,"bytes":N,"oldest":{"id":"…","sequence":N,"time":"…"},"newest":{…},
    ///      "lastMinute":N,"lastHour":N}
    ///
    /// `bytes` are those of envelopes, `time` is when an event arrived, to the millisecond. `oldest` and `newest` are
    /// `null` when the log holds nothing. `lastMinute` and `lastHour` are events
    /// that came then and are still there: a log that begins later than that lacks those before.
    func log() async -> GatewayResponse {
        guard let overview = try? await bus.logOverview() else {
            return .error(500, "InternalServerErrorException", "The event log cannot be read")
        }
        var object = JSONObjectWriter()
        object.add("bus", bus.name)
        object.add("events", overview.contents?.events ?? 0)
        object.add("bytes", overview.contents?.bytes ?? 0)
        object.add("oldest", json: Self.json(overview.contents?.oldest))
        object.add("newest", json: Self.json(overview.contents?.newest))
        object.add("lastMinute", overview.lastMinute)
        object.add("lastHour", overview.lastHour)
        return .json(200, object.line)
    }

    private static func json(_ place: LogContents.Place?) -> [UInt8] {
        guard let place else { return Array("null".utf8) }
        var object = JSONObjectWriter()
        object.add("id", place.id.description)
        object.add("sequence", json: place.sequence.description.utf8)
        object.add("time", RFC3339.text(milliseconds: place.id.time, fraction: true))
        return object.line
    }
}
