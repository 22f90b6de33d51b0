/// A connection of the soak that gets every event, and holds that none is missing, there twice or out of order, from the
/// one that its acknowledgement names up to the one that its goodbye does.
struct SoakSubscriber {
    enum Phase {
        /// To connect at this time.
        case away(until: Int)
        case connecting
        case upgrading
        /// The pattern is sent.
        case subscribing
        case live
        /// The pattern is taken back, which the broker is to acknowledge.
        case leaving
    }

    private(set) var phase: Phase
    /// When to go; never for those who stay.
    var leavesAt = Int.max
    /// The number of the event that must come next.
    private(set) var next = 0
    private(set) var received = 0
    private var socket: StreamSocket?
    private var frames = NumberedFrames()
    private var upgradeTail: UInt32 = 0

    init(connectAt time: Int) {
        phase = .away(until: time)
    }

    private static let subscribe = frame(#"{"action":"pattern","pattern":{"source":["s"]}}"#)
    private static let unsubscribe = frame(#"{"action":"unsubscribe"}"#)

    private static func frame(_ text: String) -> ContiguousArray<UInt8> { Subscriber.frame(opcode: 1, text.utf8) }

    mutating func connect(_ request: SoakTarget, _ epoll: borrowing Epoll, token: UInt64) throws(SystemError) {
        let socket = try StreamSocket.connecting(to: request.port, from: 0x7f00_0101)
        self.socket = socket
        phase = .connecting
        frames = NumberedFrames()
        epoll.add(socket.descriptor, token, writing: true)
    }

    /// Goes without a word, until `time`.
    mutating func vanish(until time: Int) {
        socket?.close()
        socket = nil
        phase = .away(until: time)
    }

    mutating func leave() throws(SoakFault) {
        phase = .leaving
        try send(Self.unsubscribe)
    }

    /// What the kernel reports.
    ///
    /// - Returns: whether the connection has said goodbye.
    mutating func turn(
        _ target: SoakTarget, canWrite: Bool, _ epoll: borrowing Epoll, token: UInt64,
        _ buffer: inout ContiguousArray<UInt8>
    ) throws(SoakFault) -> Bool {
        guard let socket else { return false }
        if case .connecting = phase {
            guard canWrite else { return false }
            phase = .upgrading
            epoll.change(socket.descriptor, token, writing: false)
            try send(target.upgrade)
            return false
        }
        switch socket.receive(into: &buffer) {
        case .wouldWait: return false
        case .ended: throw SoakFault("the broker closed a connection")
        case .bytes(let count): return try read(buffer.span.extracting(first: count))
        }
    }

    private mutating func read(_ bytes: Span<UInt8>) throws(SoakFault) -> Bool {
        var place = 0
        if case .upgrading = phase {
            while place < bytes.count, upgradeTail != 0x0d0a_0d0a {
                upgradeTail = upgradeTail << 8 | UInt32(bytes[place])
                place += 1
            }
            guard upgradeTail == 0x0d0a_0d0a else { return false }
            upgradeTail = 0
            guard HTTPMessageHead(bytes)?.status ?? 101 == 101 else { throw SoakFault("a handshake was refused") }
            phase = .subscribing
            try send(Self.subscribe)
        }
        while let item = frames.next(bytes, from: &place) {
            switch item {
            case .event(let number): try take(number)
            case .answer(let text): if try answered(text) { return true }
            case .ping: try send(Subscriber.frame(opcode: 0xa, []))
            case .close: throw SoakFault("the broker sent a close frame")
            }
        }
        return false
    }

    private mutating func take(_ number: Int) throws(SoakFault) {
        if case .subscribing = phase { throw SoakFault("event \(number) came before the acknowledgement") }
        guard number == next else { throw SoakFault("event \(number) came where \(next) was due") }
        next += 1
        received += 1
    }

    /// - Returns: whether this was the goodbye.
    private mutating func answered(_ text: ContiguousArray<UInt8>) throws(SoakFault) -> Bool {
        let text = String(decoding: text, as: UTF8.self)
        guard let mark = text.firstRange(of: #""sequence":"#),
            // Numbers of the log count from 1, those of the events from 0.
            let sequence = Int(text[mark.upperBound...].prefix { $0.isNumber })
        else { throw SoakFault("the broker answered \(text)") }
        if case .leaving = phase {
            guard sequence == next else { throw SoakFault("events from \(next) to \(sequence - 1) did not come") }
            return true
        }
        next = sequence
        phase = .live
        return false
    }

    /// What a client says is short, and fits.
    private func send(_ bytes: ContiguousArray<UInt8>) throws(SoakFault) {
        guard let socket, case .bytes(bytes.count) = socket.send(bytes.span) else {
            throw SoakFault("a connection took no message")
        }
    }
}

/// Where to connect to.
struct SoakTarget {
    let port: UInt16
    let upgrade: ContiguousArray<UInt8>

    init(port: UInt16) {
        self.port = port
        upgrade = Subscriber.upgradeRequest(port: port, path: "/dev", headers: [])
    }
}

/// The broker did what it must not.
struct SoakFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
