/// All publishers: send prepared requests, as fast as the window lets them or at a fixed rate.
struct PublisherSide: ~Copyable {
    private let options: PublisherOptions
    private var publishers: ContiguousArray<Publisher> = []
    private var idle: ContiguousArray<Int> = []
    private var requests: ContiguousArray<EventTexts.Request>
    private var nextRequest = 0

    private(set) var publishedEvents = 0
    /// Answered requests.
    private(set) var answered = 0
    /// Requests that were answered with anything but 2xx.
    private(set) var refused = 0
    /// Deliveries that never came: nothing moved any more for five seconds.
    private(set) var lost = 0
    private var lastReceived = 0
    private var lastProgress = 0

    private var timer: PeriodicTimer?
    private let period: Int
    private var nextDue = 0
    private var dueEvents = 0

    init(_ options: PublisherOptions, topics: Int) {
        self.options = options
        requests = EventTexts(options, topics: topics).requests()
        period = options.rate > 0 ? Int(1_000_000_000 / options.rate) : 0
    }

    /// Connects all publishers.
    mutating func connect(_ epoll: borrowing Epoll, firstToken: UInt64, timerToken: UInt64) throws(SystemError) {
        guard let port = options.publishPort else { return }
        let hello = ContiguousArray(options.publishHello.utf8)
        // No more than the window can keep busy: a server may close those that say nothing.
        let count =
            options.fanout > 0
            ? min(options.publishConnections, max(1, options.window / options.batch)) : options.publishConnections
        for index in 0..<count {
            // From 127.0.9.1: away from the subscribers' addresses.
            let socket = try StreamSocket.connecting(to: port, from: 0x7f00_0901)
            publishers.append(Publisher(socket: socket))
            epoll.add(socket.descriptor, firstToken + UInt64(index))
            idle.append(index)
            guard !hello.isEmpty else { continue }
            socket.waitUntilWritable()
            _ = socket.send(hello.span)
        }
        lastProgress = ProcessFigures.now()
        guard period > 0 else { return }
        let timer = try PeriodicTimer(nanoseconds: period)
        epoll.add(timer.descriptor, timerToken)
        self.timer = timer
        nextDue = ProcessFigures.now() + period
    }

    // MARK: What the kernel reports

    mutating func turn(
        _ index: Int, canWrite: Bool, _ epoll: borrowing Epoll, token: UInt64, _ buffer: inout ContiguousArray<UInt8>
    ) {
        if canWrite { send(index, epoll, token: token, wasBlocked: true) }
        switch publishers[index].socket.receive(into: &buffer) {
        case .wouldWait: return
        case .ended: LoadError.publisherEnded.exit()
        case .bytes(let count):
            guard options.form == .http, let status = publishers[index].read(buffer.span.extracting(first: count))
            else { return }
            answered += 1
            if status / 100 != 2 { refused += 1 }
            idle.append(index)
        }
    }

    mutating func timerFired() {
        dueEvents += timer?.periods() ?? 0
    }

    // MARK: Publishing

    /// Publishes what may be published now.
    ///
    /// - Parameter received: how many messages the subscribers have.
    mutating func publish(received: Int, _ epoll: borrowing Epoll, firstToken: UInt64) {
        while let index = idle.last, mayPublish(received) {
            idle.removeLast()
            let request = nextRequest
            nextRequest = (nextRequest + 1) % requests.count
            if period > 0 { stamp(request) }
            publishers[index].begin(request)
            publishedEvents += options.batch
            send(index, epoll, token: firstToken + UInt64(index), wasBlocked: false)
        }
    }

    private mutating func mayPublish(_ received: Int) -> Bool {
        if period > 0 { return dueEvents > 0 }
        guard options.fanout > 0 else { return true }
        let expected = publishedEvents * options.fanout - lost
        if expected + (options.batch - options.window) * options.fanout <= received { return true }
        giveUp(expected, received)
        return false
    }

    /// Counts deliveries as lost that would hold the window closed for ever.
    private mutating func giveUp(_ expected: Int, _ received: Int) {
        let now = ProcessFigures.now()
        if received != lastReceived {
            (lastReceived, lastProgress) = (received, now)
        } else if now - lastProgress > 5_000_000_000 {
            lost += expected - received
            lastProgress = now
        }
    }

    /// Gives the request's events the time at which they were due.
    private mutating func stamp(_ request: Int) {
        dueEvents -= options.batch
        for place in requests[request].times {
            var time = EventTexts.timeOrigin + nextDue
            for digit in (place..<place + 19).reversed() {
                requests[request].bytes[digit] = UInt8(ascii: "0") + UInt8(time % 10)
                time /= 10
            }
        }
        nextDue += period * options.batch
    }

    private mutating func send(_ index: Int, _ epoll: borrowing Epoll, token: UInt64, wasBlocked: Bool) {
        guard let isSent = publishers[index].send(requests) else {
            LoadError.publisherEnded.exit()
        }
        if isSent == wasBlocked {
            epoll.change(publishers[index].socket.descriptor, token, writing: !isSent)
        }
        // Nothing answers NATS's PUB.
        if isSent && options.form == .nats { idle.append(index) }
    }
}
