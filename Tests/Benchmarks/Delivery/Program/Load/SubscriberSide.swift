/// All subscribers: opens them, and counts what they get.
struct SubscriberSide: ~Copyable {
    private let options: SubscriberOptions
    private let measuresLatency: Bool
    private var subscribers: ContiguousArray<Subscriber> = []
    /// What the connections on each topic say.
    private let upgrades: ContiguousArray<ContiguousArray<UInt8>>
    private let hellos: ContiguousArray<ContiguousArray<UInt8>>

    private(set) var ready = 0
    private(set) var ended = 0
    private(set) var latencies = Latencies()
    private var tally = Tally()

    init(_ options: SubscriberOptions, latency: Bool) {
        self.options = options
        measuresLatency = latency
        upgrades = ContiguousArray(
            (0..<options.topics).map {
                Subscriber.upgradeRequest(
                    port: options.port, path: EventTexts.fill(options.path, topic: $0), headers: options.upgradeHeader)
            })
        hellos = ContiguousArray(
            (0..<(options.hello == nil ? 0 : options.topics)).map {
                Subscriber.frame(opcode: 1, EventTexts.fill(options.hello ?? "", topic: $0).utf8)
            })
        subscribers.reserveCapacity(options.connections)
    }

    /// Messages received since ``beginCounting()``.
    var received: Int {
        options.messageBytes == 0 ? tally.messages : tally.payloadBytes / options.messageBytes
    }

    var receivedBytes: Int { tally.payloadBytes }

    /// Forgets what came before the first event.
    mutating func beginCounting() {
        tally = Tally()
    }

    mutating func forgetLatencies() {
        latencies.removeAll()
    }

    // MARK: Opening

    /// Begins as many handshakes as may be under way, until there are `count` subscribers.
    mutating func connectMore(upTo count: Int, _ epoll: borrowing Epoll) throws(SystemError) {
        while subscribers.count < count, subscribers.count - ready < options.handshakes {
            let index = subscribers.count
            // From 127.0.1.1 and on, as one address has 28,000 ports.
            let source = 0x7f00_0101 + UInt32(index / 12_000)
            let socket = try StreamSocket.connecting(to: options.port, from: source)
            subscribers.append(Subscriber(socket: socket))
            epoll.add(socket.descriptor, UInt64(index), writing: true)
        }
    }

    // MARK: What the kernel reports

    mutating func turn(
        _ index: Int, canWrite: Bool, _ epoll: borrowing Epoll, _ buffer: inout ContiguousArray<UInt8>
    ) {
        let socket = subscribers[index].socket
        if subscribers[index].phase == .connecting {
            guard canWrite, send(upgrades[index % options.topics], index) else { return end(index) }
            subscribers[index].phase = .upgrading
            epoll.change(socket.descriptor, UInt64(index), writing: false)
            return
        }
        switch socket.receive(into: &buffer) {
        case .wouldWait: return
        case .ended: end(index)
        case .bytes(let count) where subscribers[index].phase == .ready:
            read(buffer.span.extracting(first: count), index)
        case .bytes(let count):
            readWhileOpening(buffer.span.extracting(first: count), index)
        }
    }

    private mutating func read(_ bytes: Span<UInt8>, _ index: Int) {
        let (pings, closes) = (tally.pings, tally.closes)
        subscribers[index].read(bytes, into: &tally)
        if measuresLatency { latencies.add(bytes, receivedAt: ProcessFigures.now()) }
        if tally.pings > pings { _ = send(Subscriber.frame(opcode: 0xa, []), index) }
        if tally.closes > closes { end(index) }
    }

    private mutating func readWhileOpening(_ bytes: Span<UInt8>, _ index: Int) {
        var start = 0
        if subscribers[index].phase == .upgrading {
            guard let end = subscribers[index].readResponse(bytes) else { return }
            guard HTTPMessageHead(bytes)?.status == 101 else { return self.end(index) }
            subscribers[index].phase = .opening
            start = end
            if !hellos.isEmpty, !send(hellos[index % options.topics], index) { return self.end(index) }
        }
        subscribers[index].readOpening(bytes.extracting(droppingFirst: start))
        guard subscribers[index].openingFrames >= options.readyFrames else { return }
        subscribers[index].phase = .ready
        ready += 1
    }

    /// - Returns: whether all went out, as it does with the few bytes that a subscriber says.
    private func send(_ bytes: ContiguousArray<UInt8>, _ index: Int) -> Bool {
        if case .bytes(bytes.count) = subscribers[index].socket.send(bytes.span) { true } else { false }
    }

    private mutating func end(_ index: Int) {
        subscribers[index].phase = .ended
        subscribers[index].socket.close()
        ended += 1
    }
}
