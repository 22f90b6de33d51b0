/// Makes requests before the run, so that publishing costs nothing but sending.
struct EventTexts {
    private let options: PublisherOptions
    private let topics: Int

    init(_ options: PublisherOptions, topics: Int) {
        self.options = options
        self.topics = topics
    }

    /// A request, and where the times of its events stand.
    struct Request {
        var bytes: ContiguousArray<UInt8>
        var times: [Int]
    }

    /// A time has 19 digits: nanoseconds of the monotonic clock after this.
    static let timeOrigin = 1_000_000_000_000_000_000
    /// What stands before a time in an event, and by which it is found.
    static let timeMark = Array(#""ts":"#.utf8)

    /// `text` with the number of a topic.
    static func fill(_ text: String, topic: Int) -> String {
        guard let place = text.firstRange(of: "%d") else { return text }
        let digits = String(topic)
        return text.replacing("%d", at: place, String(repeating: "0", count: max(0, 5 - digits.count)) + digits)
    }

    /// Requests that together go once over all topics, in an order that is always the same and looks like none.
    func requests() -> ContiguousArray<Request> {
        var order = Array(0..<topics)
        var random = FixedRandom()
        order.shuffle(using: &random)
        if topics == 1 { order = Array(repeating: 0, count: options.batch) }
        return ContiguousArray(
            stride(from: 0, to: order.count, by: options.batch).map { start in
                request(topics: (start..<start + options.batch).map { order[$0 % order.count] })
            })
    }

    private func request(topics: [Int]) -> Request {
        let texts: [String] =
            switch options.form {
            case .http: [httpRequest(topics)]
            case .nats: topics.map(natsMessage)
            }
        let bytes = ContiguousArray(texts.joined().utf8)
        return Request(bytes: bytes, times: times(in: bytes))
    }

    private func httpRequest(_ topics: [Int]) -> String {
        let body = options.prefix + topics.map(event).joined(separator: options.separator) + options.suffix
        let head =
            [
                "POST \(Self.fill(options.publishPath, topic: topics[0])) HTTP/1.1",
                "Host: 127.0.0.1:\(options.publishPort ?? 0)", "Content-Length: \(body.utf8.count)",
            ] + options.header
        return head.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private func natsMessage(_ topic: Int) -> String {
        let event = event(topic)
        return "PUB \(Self.fill(options.publishPath, topic: topic)) \(event.utf8.count)\r\n\(event)\r\n"
    }

    private func event(_ topic: Int) -> String {
        let text = Self.fill(options.event, topic: topic).replacing("%t", with: "\(Self.timeOrigin)")
        let padding = options.eventBytes - text.utf8.count + 2
        return text.replacing("%p", with: String(repeating: "x", count: max(0, padding)))
    }

    private func times(in bytes: ContiguousArray<UInt8>) -> [Int] {
        let mark = Self.timeMark
        return bytes.indices.dropLast(mark.count).compactMap { index in
            bytes[index] == mark[0] && bytes[index..<index + mark.count].elementsEqual(mark)
                ? index + mark.count : nil
        }
    }
}

extension String {
    fileprivate func replacing(_ text: String, at place: Range<Index>, _ replacement: String) -> String {
        self[..<place.lowerBound] + replacement + self[place.upperBound...]
    }
}

/// SplitMix64 with a fixed seed.
private struct FixedRandom: RandomNumberGenerator {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
