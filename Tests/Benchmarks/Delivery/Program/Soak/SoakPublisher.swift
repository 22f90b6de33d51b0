/// Publishes numbered events on one connection, one request behind the other, so that the log has them in that order.
struct SoakPublisher: ~Copyable {
    private var publisher: Publisher
    private var requests: ContiguousArray<EventTexts.Request>
    private(set) var published = 0
    private var unanswered = 0

    static let batch = 20
    /// As many requests are under way as keep the broker busy.
    static let unansweredMax = 8

    init(port: UInt16, _ epoll: borrowing Epoll, token: UInt64) throws(SystemError) {
        let socket = try StreamSocket.connecting(to: port, from: 0x7f00_0901)
        publisher = Publisher(socket: socket)
        socket.waitUntilWritable()
        epoll.add(socket.descriptor, token)
        let line =
            #"{"source":"s","detail-type":"t","detail":{"n":\#(NumberedFrames.firstNumber),"filler":""#
            + String(repeating: "x", count: 310) + "\"}}\n"
        let body = String(repeating: line, count: Self.batch)
        let head =
            "POST /dev/events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/x-ndjson\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n"
        let bytes = ContiguousArray((head + body).utf8)
        let mark = Array(#""n":1"#.utf8)
        let places = bytes.indices.dropLast(mark.count).filter { bytes[$0..<$0 + mark.count].elementsEqual(mark) }
        requests = [EventTexts.Request(bytes: bytes, times: places.map { $0 + mark.count })]
    }

    /// Publishes the next batch, unless too many are not answered yet.
    mutating func publish() throws(SoakFault) -> Bool {
        guard unanswered < Self.unansweredMax else { return false }
        for place in requests[0].times {
            // Behind a 1, so that the number has no zero in front.
            var number = published
            for digit in (place..<place + NumberedFrames.digits - 1).reversed() {
                requests[0].bytes[digit] = UInt8(ascii: "0") + UInt8(number % 10)
                number /= 10
            }
            published += 1
        }
        unanswered += 1
        publisher.begin(0)
        try send()
        return true
    }

    mutating func turn(_ buffer: inout ContiguousArray<UInt8>) throws(SoakFault) {
        switch publisher.socket.receive(into: &buffer) {
        case .wouldWait: return
        case .ended: throw SoakFault("the broker closed the publisher's connection")
        case .bytes(let count):
            var answered = publisher.read(buffer.span.extracting(first: count))
            while let status = answered {
                guard status == 200 else { throw SoakFault("a batch was answered with \(status)") }
                unanswered -= 1
                answered = publisher.read(buffer.span.extracting(first: 0))
            }
        }
    }

    private mutating func send() throws(SoakFault) {
        // A few batches of 8 kB: the socket takes them, unless the broker does not read at all.
        while true {
            switch publisher.send(requests) {
            case true?: return
            case false?: publisher.socket.waitUntilWritable()
            case nil: throw SoakFault("the broker closed the publisher's connection")
            }
        }
    }
}
