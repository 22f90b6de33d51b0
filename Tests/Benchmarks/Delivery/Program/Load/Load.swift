/// One measurement: subscribers and publishers on one thread, with one epoll.
struct Load: ~Copyable {
    private let options: LoadCommand
    private let server: ProcessFigures
    private var epoll: Epoll
    private var subscribers: SubscriberSide
    private var publishers: PublisherSide
    private var isPublishing = false
    private var buffer = ContiguousArray<UInt8>(repeating: 0, count: 1 << 18)

    private enum Token {
        static let publisher: UInt64 = 1 << 32
        static let timer: UInt64 = 1 << 33
    }

    init(_ options: LoadCommand) throws(SystemError) {
        self.options = options
        server = ProcessFigures(id: options.serverPID)
        epoll = try Epoll()
        subscribers = SubscriberSide(options.subscribers, latency: options.latency)
        publishers = PublisherSide(options.publishers, topics: options.subscribers.topics)
    }

    mutating func run() throws -> LoadReport {
        var report = LoadReport()
        if options.subscribers.connections > 0 { try open(&report) }
        if options.seconds > 0 { try publish(&report) }
        report.set("ended", subscribers.ended)
        return report
    }

    /// Opens all subscribers, and tells what that cost the server.
    private mutating func open(_ report: inout LoadReport) throws {
        let count = options.subscribers.connections
        let (cpu, start) = (server.cpu, ProcessFigures.now())
        try open(1, since: start)
        // What a server needs once, for its first client, is no matter of connections.
        let memory = server.residentBytes
        try open(count, since: start)
        let seconds = Double(ProcessFigures.now() - start) / 1e9
        report.set("connections", count)
        report.set("open_seconds", seconds)
        report.set("open_cpu_seconds", Double(server.cpu - cpu) / 1e9)
        pass(seconds: options.settle)
        report.set("bytes_per_connection", (server.residentBytes - memory) / max(count - 1, 1))
    }

    /// Waits until so many subscribers are ready.
    private mutating func open(_ count: Int, since start: Int) throws {
        while subscribers.ready < count {
            try subscribers.connectMore(upTo: count, epoll)
            turn(milliseconds: 100)
            guard subscribers.ended == 0, ProcessFigures.now() - start < 60_000_000_000 else {
                throw LoadError.notOpened(ready: subscribers.ready, ended: subscribers.ended)
            }
        }
    }

    private mutating func publish(_ report: inout LoadReport) throws {
        try publishers.connect(epoll, firstToken: Token.publisher, timerToken: Token.timer)
        // The handshakes of the publishers' connections are not to be measured.
        pass(seconds: 0.1)
        subscribers.beginCounting()
        isPublishing = true
        pass(seconds: options.warm)
        subscribers.forgetLatencies()

        let (cpu, own, start) = (server.cpu, ProcessFigures().cpu, ProcessFigures.now())
        let before = (
            subscribers.received, subscribers.receivedBytes, publishers.publishedEvents, publishers.answered
        )
        pass(seconds: options.seconds)
        let seconds = Double(ProcessFigures.now() - start) / 1e9
        report.set("seconds", seconds)
        report.set("cpu_seconds", Double(server.cpu - cpu) / 1e9)
        report.set("load_share", Double(ProcessFigures().cpu - own) / 1e9 / seconds)
        report.set("messages", subscribers.received - before.0)
        report.set("payload_bytes", subscribers.receivedBytes - before.1)
        report.set("events", publishers.publishedEvents - before.2)
        report.set("requests", publishers.answered - before.3)
        report.set("refused", publishers.refused)
        report.set("lost", publishers.lost)
        guard options.latency else { return }
        let quantiles = subscribers.latencies.quantiles([0.5, 0.99])
        report.set("samples", subscribers.latencies.count)
        report.set("p50_ms", quantiles[0])
        report.set("p99_ms", quantiles[1])
    }

    private mutating func pass(seconds: Double) {
        let end = ProcessFigures.now() + Int(seconds * 1e9)
        while ProcessFigures.now() < end { turn(milliseconds: 5) }
    }

    private mutating func turn(milliseconds: Int32) {
        for index in 0..<epoll.wait(milliseconds: milliseconds) {
            let token = epoll.token(index)
            if token == Token.timer {
                publishers.timerFired()
            } else if token >= Token.publisher {
                publishers.turn(
                    Int(token - Token.publisher), canWrite: epoll.canWrite(index), epoll, token: token,
                    &buffer)
            } else {
                subscribers.turn(Int(token), canWrite: epoll.canWrite(index), epoll, &buffer)
            }
        }
        guard isPublishing else { return }
        publishers.publish(received: subscribers.received, epoll, firstToken: Token.publisher)
    }
}
