import Broker
import EventLog
import PatternIndex
import Synchronization

/// Connections that write down what they are sent, in order.
final class RecordingCallback: CallbackAPI {
    enum Message: Hashable, Sendable {
        case event(LoggedEvent)
        case text(String)
    }

    private struct Connection {
        var pattern: PatternID?
        var text: String?
        var replay: ReplayID?
        let messages: AsyncStream<Message>.Continuation
    }

    private struct State {
        var connections: [ConnectionID: Connection] = [:]
        var binds = 0
        var batches: [Int] = []
    }

    private let state = Mutex(State())
    /// Replays wait here.
    let replayGate = Gate(isOpen: true)
    /// Delivery waits here.
    let gate = Gate(isOpen: true)

    /// Opens a connection here and on the bus; what it is sent comes out of the stream.
    func connect(to bus: EventBus) -> (id: ConnectionID, messages: AsyncStream<Message>) {
        let id = ConnectionID.generate()
        let (stream, continuation) = AsyncStream.makeStream(of: Message.self)
        state.withLock { $0.connections[id] = Connection(messages: continuation) }
        bus.connectionOpened(id)
        return (id, stream)
    }

    /// Ends the streams of all connections.
    func finish() {
        state.withLock { for connection in $0.connections.values { connection.messages.finish() } }
    }

    /// How often a pattern was bound.
    var binds: Int { state.withLock { $0.binds } }

    /// The sizes of the batches so far.
    var batches: [Int] { state.withLock { $0.batches } }

    func patternText(of id: ConnectionID) -> String? { state.withLock { $0.connections[id]?.text } }

    func deliver(_ batch: DeliveryBatch) async {
        await gate.pass()
        state.withLock { state in
            state.batches.append(batch.events.count)
            for (number, event) in batch.events.enumerated() {
                let patterns = batch.matches[number]
                for connection in state.connections.values {
                    guard let pattern = connection.pattern, patterns.contains(pattern) else { continue }
                    connection.messages.yield(.event(event))
                }
            }
        }
    }

    func bind(_ connection: ConnectionID, to pattern: PatternID?, text: String?, acknowledgement: [UInt8]?) {
        endReplay(of: connection, boundTo: pattern, text: text, missed: [], acknowledgement: acknowledgement)
    }

    func endReplay(
        of connection: ConnectionID, boundTo pattern: PatternID?, text: String?, missed: [LoggedEvent],
        acknowledgement: [UInt8]?
    ) {
        state.withLock { state in
            state.binds += 1
            state.connections[connection]?.pattern = pattern
            state.connections[connection]?.text = text
            state.connections[connection]?.replay = nil
            for event in missed { state.connections[connection]?.messages.yield(.event(event)) }
            tell(acknowledgement, connection, &state)
        }
    }

    func tellGap() {
        state.withLock { state in
            for connection in state.connections.values where connection.pattern != nil {
                connection.messages.yield(.text("gap"))
            }
        }
    }

    func beginReplay(
        _ id: ReplayID, of text: String, limit: Int?, to connection: ConnectionID, acknowledgement: [UInt8]?
    ) {
        state.withLock { state in
            state.connections[connection]?.pattern = nil
            state.connections[connection]?.text = text
            state.connections[connection]?.replay = id
            tell(acknowledgement, connection, &state)
        }
    }

    func replay(_ events: [LoggedEvent], behindGap: Bool, to connection: ConnectionID, as id: ReplayID) async -> Bool {
        await replayGate.pass()
        return state.withLock { state in
            guard state.connections[connection]?.replay == id else { return false }
            if behindGap { state.connections[connection]?.messages.yield(.text("gap")) }
            for event in events { state.connections[connection]?.messages.yield(.event(event)) }
            return true
        }
    }

    /// The connection is gone: what is sent to it goes nowhere.
    func disappear(_ connection: ConnectionID) {
        state.withLock { $0.connections.removeValue(forKey: connection)?.messages.finish() }
    }

    private func tell(_ acknowledgement: [UInt8]?, _ connection: ConnectionID, _ state: inout State) {
        guard let acknowledgement else { return }
        state.connections[connection]?.messages.yield(.text(String(decoding: acknowledgement, as: UTF8.self)))
    }

    func post(_ message: [UInt8], to connection: ConnectionID, stage: String?) throws(CallbackError) {
        throw .gone
    }

    func status(of connection: ConnectionID, stage: String?) throws(CallbackError) -> ConnectionStatus {
        throw .gone
    }

    func disconnect(_ connection: ConnectionID, stage: String?) throws(CallbackError) { throw .gone }

    func connections() -> [ConnectionStatus] { [] }
}

/// A door that is open or closed; whoever comes while it is closed waits.
final class Gate: Sendable {
    private struct State {
        var isOpen: Bool
        var waiting: [CheckedContinuation<Void, Never>] = []
        var expecting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(isOpen: Bool) { state = Mutex(State(isOpen: isOpen)) }

    func close() { state.withLock { $0.isOpen = false } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let (passes, expecting) = state.withLock { state -> (Bool, [CheckedContinuation<Void, Never>]) in
                if state.isOpen { return (true, []) }
                state.waiting.append(continuation)
                defer { state.expecting = [] }
                return (false, state.expecting)
            }
            for other in expecting { other.resume() }
            if passes { continuation.resume() }
        }
    }

    /// Waits until somebody stands before the closed door.
    func someoneWaits() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.waiting.isEmpty { state.expecting.append(continuation) }
                return !state.waiting.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }
}
