import Broker
import NIOCore
import PatternIndex

/// The connections of one event loop, and which of them hold which pattern. Only that event loop touches it.
final class LoopConnections {
    let eventLoop: any EventLoop
    let sweep: DeadlineSweep
    /// Names the HTTP requests of this loop's connections.
    var requestIDs = RequestIDGenerator()
    private let directory: ConnectionDirectory
    private let loopIndex: Int
    private var byID: [ConnectionID: GatewayConnection] = [:]
    /// Dense lists: a connection knows its place, so insert and remove are O(1), and delivery walks an array.
    private var holders: [PatternID: PatternHolders] = [:]
    private var unflushed: ContiguousArray<GatewayConnection> = []
    private let metrics: DeliveryMetrics
    private var sentMessages = 0
    private var sentBytes = 0

    init(
        eventLoop: any EventLoop, loopIndex: Int, directory: ConnectionDirectory, sweepInterval: TimeAmount,
        metrics: DeliveryMetrics
    ) {
        self.metrics = metrics
        self.eventLoop = eventLoop
        self.loopIndex = loopIndex
        self.directory = directory
        sweep = DeadlineSweep(eventLoop: eventLoop, interval: sweepInterval)
    }

    /// Whether something waits for the end of this turn of the loop.
    private var awaitsEndOfTurn = false

    /// Runs `work` once the loop has read what came in this turn. There is one such work; further calls until then come
    /// to nothing.
    func oncePerTurn(_ work: @escaping @Sendable () -> Void) {
        guard !awaitsEndOfTurn else { return }
        awaitsEndOfTurn = true
        eventLoop.assumeIsolated().execute { [self] in
            awaitsEndOfTurn = false
            work()
        }
    }

    var all: some Sequence<GatewayConnection> { byID.values }

    subscript(_ id: ConnectionID) -> GatewayConnection? { byID[id] }

    func add(_ connection: GatewayConnection) {
        byID[connection.identity.id] = connection
        directory.add(connection.identity.id, loopIndex: loopIndex)
    }

    func remove(_ connection: GatewayConnection) {
        unbind(connection)
        byID[connection.identity.id] = nil
        directory.remove(connection.identity.id, loopIndex: loopIndex)
    }

    // MARK: Patterns

    func bind(_ connection: GatewayConnection, to pattern: PatternID?, text: String?) {
        unbind(connection)
        guard let pattern else { return }
        let list = holders[pattern] ?? PatternHolders()
        holders[pattern] = list
        connection.binding = PatternBinding(pattern: pattern, text: text, index: list.connections.count)
        list.connections.append(connection)
    }

    private func unbind(_ connection: GatewayConnection) {
        guard let binding = connection.binding else { return }
        connection.binding = nil
        guard let list = holders[binding.pattern] else { return }
        let last = list.connections.removeLast()
        if binding.index < list.connections.count {
            list.connections[binding.index] = last
            last.binding?.index = binding.index
        }
        if list.connections.isEmpty { holders[binding.pattern] = nil }
    }

    // MARK: Delivery

    /// Queues each event's frame at the connections that hold one of its patterns. A connection holds one pattern, so
    /// it gets an event once.
    func deliver(_ batch: [EncodedDelivery]) {
        for item in batch {
            for pattern in item.patterns {
                guard let list = holders[pattern] else { continue }
                for connection in list.connections {
                    if let frame = item.frame {
                        connection.deliver(frame)
                    } else {
                        connection.matchedOversize()
                    }
                }
            }
        }
    }

    /// Lists `connection`, which took `frame`, for one flush after everything that is ready to run now.
    func flushLater(_ connection: GatewayConnection, _ frame: ByteBuffer) {
        sentMessages += 1
        sentBytes += frame.readableBytes
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
        metrics.sent(messages: sentMessages, bytes: sentBytes)
        (sentMessages, sentBytes) = (0, 0)
        if unflushed.isEmpty {
            list.removeAll(keepingCapacity: true)
            swap(&list, &unflushed)
        }
    }
}

@available(*, unavailable)
extension LoopConnections: Sendable {}

/// The connections of one event loop that hold one pattern. A class, so that the list changes in place.
private final class PatternHolders {
    var connections: ContiguousArray<GatewayConnection> = []
}

@available(*, unavailable)
extension PatternHolders: Sendable {}

/// An event on its way to the event loops: its frame, encoded once for everybody.
struct EncodedDelivery: Sendable {
    /// `nil` when the event is over the size limit for events: it is counted, and not sent.
    let frame: ByteBuffer?
    let patterns: [PatternID]
}
