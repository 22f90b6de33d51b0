import Broker
import EventLog
import NIOCore
import PatternIndex

/// The connections of one event loop, and which of them hold which pattern. Only that event loop touches it.
///
/// Events are collected while the loop has other work waiting, and delivered together behind it, at most
/// ``turnBytesMax`` at a time: a busy loop gives each connection one write for many events, an idle one delivers an
/// event at once, and what was collected is on its way before more is. Whatever else must keep its place among the
/// events calls ``settle()`` first.
final class LoopConnections {
    let eventLoop: any EventLoop
    let sweep: DeadlineSweep
    let totals: OutboundTotals
    let encoder: EventEncoder
    /// Names the HTTP requests of this loop's connections.
    var requestIDs = RequestIDGenerator()
    let responses: ResponseTurn
    private let directory: ConnectionDirectory
    private let loopIndex: Int
    private let window: DeliveryWindow
    private var byID: [ConnectionID: GatewayConnection] = [:]
    private var holders = PatternHolders()
    private var turn = DeliveryTurn()
    private var isDeliveryScheduled = false
    private var pieces = RunPieces()
    private var remainders: ContiguousArray<HolderList.Remainder> = []
    private var unflushed: ContiguousArray<GatewayConnection> = []

    /// How many bytes of events one turn collects.
    private static let turnBytesMax = 256 * 1024

    init(
        eventLoop: any EventLoop, loopIndex: Int, directory: ConnectionDirectory, sweepInterval: TimeAmount,
        metrics: DeliveryMetrics, window: DeliveryWindow, compression: CompressionSettings
    ) {
        self.eventLoop = eventLoop
        self.loopIndex = loopIndex
        self.directory = directory
        self.window = window
        sweep = DeadlineSweep(eventLoop: eventLoop, interval: sweepInterval)
        responses = ResponseTurn(eventLoop: eventLoop)
        encoder = EventEncoder(compression)
        totals = OutboundTotals(eventLoop: eventLoop, metrics: metrics)
    }

    var all: some Sequence<GatewayConnection> { byID.values }

    var patternTableSlots: Int { holders.capacity }

    subscript(_ id: ConnectionID) -> GatewayConnection? { byID[id] }

    func add(_ connection: GatewayConnection) {
        byID[connection.identity.id] = connection
        directory.add(connection.identity.id, loopIndex: loopIndex, isPlain: connection.identity.framing == .plain)
    }

    func remove(_ connection: GatewayConnection) {
        holders.remove(connection)
        byID[connection.identity.id] = nil
        directory.remove(connection.identity.id, loopIndex: loopIndex, isPlain: connection.identity.framing == .plain)
    }

    /// Stores the connection's pattern from here on: what was collected before goes by the pattern before.
    func bind(_ connection: GatewayConnection, to pattern: PatternID?, text: String?) {
        settle()
        connection.takeSocketBack()
        holders.remove(connection)
        guard let pattern else { return }
        if case .one(let other) = holders[pattern] { other.takeSocketBack() }
        holders.insert(connection, pattern, text: text)
    }

    // MARK: Delivery

    /// Takes events that the bus handed over.
    func collect(_ batch: EncodedBatch) {
        turn.append(batch)
        if turn.bytes >= Self.turnBytesMax { return settle() }
        guard !isDeliveryScheduled else { return }
        isDeliveryScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute {
            bound.value.isDeliveryScheduled = false
            bound.value.settle()
        }
    }

    /// Delivers what was collected. A connection holds one pattern, so it gets an event once, and all events of the
    /// turn in one go.
    func settle() {
        guard !turn.isEmpty else { return }
        // Taken out, so that nothing that a write sets off meets a half-delivered turn.
        var turn = DeliveryTurn()
        var pieces = RunPieces()
        swap(&turn, &self.turn)
        swap(&pieces, &self.pieces)
        turn.sort(for: &holders)
        let now = eventLoop.now
        var assembled: DeliveryTurn.Run?
        var change = OutboundChange()
        for run in turn.runs {
            var sent = 0
            // A single event needs nothing put together.
            if holders.hasSocket(run.pattern), let frame = turn.onlyFrame(of: run) {
                sent = holders.send(frame, by: run.pattern, at: now)
                if sent == frame.bytes.readableBytes {
                    change.sentMessages += 1
                    change.sentBytes += sent
                    continue
                }
            }
            if assembled.map({ !turn.isSame($0, run) }) ?? true {
                pieces.removeAll()
                assembled = run
            }
            switch holders[run.pattern] {
            case .nobody:
                break
            case .one(let connection):
                connection.deliver(
                    pieces.pieces(of: run, in: turn, connection.identity.framing, encoder), matched: run.count,
                    through: turn.place(of: run), at: now, sent: sent)
                borrowSocket(of: connection)
            case .many(let list):
                deliver(run, of: turn, to: list, &pieces, at: now, &change)
            }
        }
        pieces.removeAll()
        if change.sentMessages > 0 { totals.add(change) }
        window.leave(turn.bytes)
        turn.removeAll()
        if self.turn.isEmpty { swap(&turn, &self.turn) }
        swap(&pieces, &self.pieces)
    }

    /// Ends the loan of a connection's socket.
    func endLoan(to connection: GatewayConnection) -> LentSocket {
        holders.endLoan(to: connection)
    }

    private func borrowSocket(of connection: GatewayConnection) {
        if let descriptor = connection.lendSocket() { holders.borrow(descriptor, from: connection) }
    }

    private func deliver(
        _ run: DeliveryTurn.Run, of turn: borrowing DeliveryTurn, to list: HolderList, _ pieces: inout RunPieces,
        at now: NIODeadline, _ change: inout OutboundChange
    ) {
        // A list of their own, as each of them gives its socket back, and lends it again, in the list of holders.
        var remainders: ContiguousArray<HolderList.Remainder> = []
        swap(&remainders, &self.remainders)
        if list.hasSockets, let frames = pieces.onlyPiece(of: run, in: turn, .plain, encoder) {
            let count = list.send(frames, at: now, &remainders)
            change.sentMessages += count * frames.messages
            change.sentBytes += count * frames.bytes.readableBytes
        } else {
            for member in list.members { remainders.append(.init(connection: member.connection, sent: 0)) }
        }
        let place = turn.place(of: run)
        for remainder in remainders {
            let connection = remainder.connection
            connection.deliver(
                pieces.pieces(of: run, in: turn, connection.identity.framing, encoder), matched: run.count,
                through: place, at: now, sent: remainder.sent)
            borrowSocket(of: connection)
        }
        remainders.removeAll(keepingCapacity: true)
        swap(&remainders, &self.remainders)
    }

    /// The frames of events that only `connection` gets, in its form, put together as far as one write should go. A
    /// replay bounds them itself and promises them, so none of them is dropped.
    func pieces(of events: [EncodedDelivery], for connection: GatewayConnection) -> ContiguousArray<FrameRun> {
        var pieces: ContiguousArray<FrameRun> = []
        var whole = ByteBuffer()
        var messages = 0
        var place = SequenceNumber.zero
        let bytesMax = connection.session == nil ? DeliveryTurn.pieceBytesMax : SessionTracker.replayBytesMax
        func end() {
            guard messages > 0 else { return }
            pieces.append(FrameRun(whole, messages: messages, isDroppable: false))
            if let ping = connection.session?.ping(behind: place) { pieces.append(ping) }
            (whole, messages) = (ByteBuffer(), 0)
        }
        for event in events {
            guard let frame = connection.frame(of: event, encoder) else { continue }
            if whole.readableBytes + frame.readableBytes > bytesMax { end() }
            whole.writeImmutableBuffer(frame)
            messages += 1
            place = event.sequence
        }
        end()
        return pieces
    }

    /// Lists `connection`, which took a message that is no event, for one flush after everything that is ready to run
    /// now.
    func flushLater(_ connection: GatewayConnection) {
        guard !connection.awaitsFlush else { return }
        connection.awaitsFlush = true
        unflushed.append(connection)
        guard unflushed.count == 1 else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { bound.value.flushAll() }
    }

    private func flushAll() {
        var list: ContiguousArray<GatewayConnection> = []
        swap(&list, &unflushed)
        for connection in list {
            connection.awaitsFlush = false
            connection.flush()
        }
        if unflushed.isEmpty {
            list.removeAll(keepingCapacity: true)
            swap(&list, &unflushed)
        }
    }
}

@available(*, unavailable)
extension LoopConnections: Sendable {}
