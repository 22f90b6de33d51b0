import Broker
import EventLog
import Gateway
import JSONDocument
import Logging
import PatternIndex

/// The publish doors over a bus that nobody listens to; its log tells what was published.
struct EventsDoorUnderTest {
    let log: MemoryEventLog
    let bus: EventBus
    let aws: AWSEventsDoor
    let door: PublishDoor

    /// 2022-07-13T13:48:01Z
    static let now: Int64 = 1_657_720_081_000

    /// - Parameter isDeferred: whether the log answers later whoever has no task.
    init(isDeferred: Bool = false, _ change: (inout PublishSettings) -> Void = { _ in }) {
        var settings = PublishSettings()
        change(&settings)
        let clock = WallClock { Self.now }
        log = MemoryEventLog()
        bus = EventBus(
            name: EventBuses.defaultName, log: isDeferred ? DeferringLog(log) : log, callback: NobodyConnected(),
            envelope: Envelope(account: "000000000000", region: "us-east-1"), clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        aws = AWSEventsDoor(buses: EventBuses([bus]), settings: settings, clock: clock)
        door = PublishDoor(buses: EventBuses([bus]), settings: settings, clock: clock)
    }

    /// The envelopes in the log.
    var envelopes: [String] {
        log.read(after: .zero, maxEvents: .max, maxBytes: .max).events.map {
            String(decoding: $0.event.envelope, as: UTF8.self)
        }
    }

    /// The envelopes in the log without their ids.
    var events: [String] { envelopes.map { String($0.replacing(/"id":"[-0-9a-f]{36}",/, with: "")) } }

    /// Calls an operation of EventBridge.
    func call(_ operation: String, _ body: String) async -> (status: Int, body: String) {
        await answer(target: "AWSEvents.\(operation)", body)
    }

    func answer(target: String?, _ body: String) async -> (status: Int, body: String) {
        var request = GatewayRequest(method: "POST", target: "/", body: Array(body.utf8))
        if let target { request.headers.append(("x-amz-target", target)) }
        let response = await aws.answer(request)
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    /// Publishes a body that comes in pieces.
    func publish(
        _ pieces: [[UInt8]], _ contentType: String? = "application/json", headers: [(name: String, value: String)] = []
    ) async -> (status: Int, body: String) {
        let (body, source) = AsyncThrowingStream.makeStream(of: [UInt8].self)
        for piece in pieces { source.yield(piece) }
        source.finish()
        return await publish(body, contentType, headers: headers)
    }

    func publish(
        _ text: String, _ contentType: String? = "application/json", headers: [(name: String, value: String)] = []
    ) async -> (status: Int, body: String) {
        await publish([Array(text.utf8)], contentType, headers: headers)
    }

    func publish(
        _ body: AsyncThrowingStream<[UInt8], any Error>, _ contentType: String?,
        headers: [(name: String, value: String)] = []
    ) async -> (status: Int, body: String) {
        var request = GatewayRequest(method: "POST", target: "/dev/events", headers: headers)
        if let contentType { request.headers.append(("content-type", contentType)) }
        let response = await door.answer(request, body: body)
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }
}

/// What became of each entry: the error code, or "ok" for an event that has an id.
func outcomes(_ body: String) throws -> [String] {
    let answer = try JSONValue(parsing: Array(body.utf8))
    let entries = (answer["Entries"]?.array ?? []).map { entry in
        if let code = entry["ErrorCode"]?.string { return code }
        return EventID(entry["EventId"]?.string ?? "") == nil ? "neither" : "ok"
    }
    let failures = entries.count { $0 != "ok" }
    return answer["FailedEntryCount"]?.integer == Int64(failures) ? entries : ["wrong FailedEntryCount"]
}

/// A callback API without connections.
private struct NobodyConnected: CallbackAPI {
    func post(_ message: [UInt8], to connection: ConnectionID, stage: String?) throws(CallbackError) { throw .gone }
    func status(of connection: ConnectionID, stage: String?) throws(CallbackError) -> ConnectionStatus { throw .gone }
    func disconnect(_ connection: ConnectionID, stage: String?) throws(CallbackError) { throw .gone }
    func connections() -> [ConnectionStatus] { [] }
    func deliver(_ batch: DeliveryBatch) {}
    func bind(_ connection: ConnectionID, to pattern: PatternID?, text: String?, acknowledgement: [UInt8]?) {}
    func endReplay(
        of connection: ConnectionID, boundTo pattern: PatternID?, text: String?, missed: [LoggedEvent],
        acknowledgement: [UInt8]?
    ) {}
    func tellGap() {}
    func beginReplay(
        _ id: ReplayID, of text: String, limit: Int?, to connection: ConnectionID, acknowledgement: [UInt8]?
    ) {}
    func replay(_ events: [LoggedEvent], behindGap: Bool, to connection: ConnectionID, as id: ReplayID) -> Bool {
        false
    }
}
