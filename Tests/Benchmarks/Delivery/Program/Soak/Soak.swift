/// A long run: events flow, connections come and go, and the broker is kept at a share of a core.
struct Soak: ~Copyable {
    private let options: SoakCommand
    private let target: SoakTarget
    private let server: ProcessFigures
    private var epoll: Epoll
    private var publisher: SoakPublisher
    /// Those who stay come first.
    private var subscribers: ContiguousArray<SoakSubscriber>
    private var buffer = ContiguousArray<UInt8>(repeating: 0, count: 1 << 18)
    private var random = SystemRandomNumberGenerator()

    private var rate = 2_000.0
    private var due = 0.0
    private var memory: [Int] = []
    private var connects = 0
    private var goodbyes = 0
    private var vanished = 0

    private static let publisherToken: UInt64 = 1 << 32
    /// As far as those who stay may be behind before publishing pauses: then this program is what is slow.
    private static let behindMax = 2_000

    init(_ options: SoakCommand) throws(SystemError) {
        let epoll = try Epoll()
        publisher = try SoakPublisher(port: options.port, epoll, token: Self.publisherToken)
        self.epoll = epoll
        self.options = options
        target = SoakTarget(port: options.port)
        server = ProcessFigures(id: options.serverPID)
        subscribers = ContiguousArray(
            (0..<options.staying + options.changing).map { _ in SoakSubscriber(connectAt: 0) })
    }

    mutating func run() throws -> LoadReport {
        // Those who stay are to miss nothing, so they are there before the first event.
        while !(0..<options.staying).allSatisfy({ isLive($0) }) { try turn() }
        let (start, cpu) = (ProcessFigures.now(), server.cpu)
        var (second, cpuAtSecond, lastTurn) = (start, cpu, start)
        let end = start + Int(options.seconds * 1e9)
        while ProcessFigures.now() < end {
            try turn()
            let now = ProcessFigures.now()
            due = min(
                due + rate * Double(now - lastTurn) / 1e9, Double(SoakPublisher.unansweredMax * SoakPublisher.batch))
            lastTurn = now
            while due >= Double(SoakPublisher.batch), publisher.published - subscribers[0].next < Self.behindMax,
                try publisher.publish()
            {
                due -= Double(SoakPublisher.batch)
            }
            guard now - second >= 1_000_000_000 else { continue }
            steer(share: Double(server.cpu - cpuAtSecond) / Double(now - second))
            (second, cpuAtSecond) = (now, server.cpu)
            memory.append(server.residentBytes)
        }
        let seconds = Double(ProcessFigures.now() - start) / 1e9
        let share = Double(server.cpu - cpu) / 1e9 / seconds
        try finish()
        return report(seconds: seconds, share: share)
    }

    private func isLive(_ index: Int) -> Bool {
        if case .live = subscribers[index].phase { true } else { false }
    }

    /// More or fewer events, so that the broker takes the share of a core that is asked for.
    private mutating func steer(share: Double) {
        rate = max(100, rate * min(max(options.share / max(share, 0.01), 0.8), 1.5))
    }

    private mutating func turn() throws {
        let now = ProcessFigures.now()
        for index in subscribers.indices { try move(index, now) }
        for event in 0..<epoll.wait(milliseconds: 1) {
            let token = epoll.token(event)
            guard token != Self.publisherToken else {
                try publisher.turn(&buffer)
                continue
            }
            let index = Int(token)
            let hasGone = try subscribers[index].turn(
                target, canWrite: epoll.canWrite(event), epoll, token: token, &buffer)
            if hasGone {
                goodbyes += 1
                subscribers[index].vanish(until: now + pause())
            }
        }
    }

    /// Lets connections come, and those whose time is over go: one half with a goodbye, the other without.
    private mutating func move(_ index: Int, _ now: Int) throws {
        switch subscribers[index].phase {
        case .away(let time) where now >= time:
            connects += 1
            try subscribers[index].connect(target, epoll, token: UInt64(index))
            guard index >= options.staying else { return }
            subscribers[index].leavesAt = now + Int.random(in: 0...2_000_000_000, using: &random)
        case .live where now >= subscribers[index].leavesAt:
            if Bool.random(using: &random) {
                try subscribers[index].leave()
            } else {
                vanished += 1
                subscribers[index].vanish(until: now + pause())
            }
        default:
            break
        }
    }

    private mutating func pause() -> Int { Int.random(in: 0...200_000_000, using: &random) }

    /// Everyone who stays gets what is still on its way.
    private mutating func finish() throws {
        for index in options.staying..<subscribers.count { subscribers[index].vanish(until: .max) }
        let end = ProcessFigures.now() + 10_000_000_000
        while let behind = (0..<options.staying).first(where: { subscribers[$0].next < publisher.published }) {
            guard ProcessFigures.now() < end else {
                throw SoakFault("events from \(subscribers[behind].next) to \(publisher.published - 1) did not come")
            }
            try turn()
        }
    }

    private func report(seconds: Double, share: Double) -> LoadReport {
        var report = LoadReport()
        report.set("seconds", seconds)
        report.set("server_share", share)
        report.set("events", publisher.published)
        report.set("deliveries", subscribers.reduce(0) { $0 + $1.received })
        report.set("connects", connects)
        report.set("goodbyes", goodbyes)
        report.set("vanished", vanished)
        let quarter = memory.count / 4
        report.set("early_bytes", Self.median(memory[quarter..<max(2 * quarter, quarter + 1)]))
        report.set("late_bytes", Self.median(memory.suffix(max(quarter, 1))))
        return report
    }

    private static func median(_ sizes: ArraySlice<Int>) -> Int { sizes.sorted()[sizes.count / 2] }
}
