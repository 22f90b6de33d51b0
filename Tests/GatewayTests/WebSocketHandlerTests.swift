import Gateway
import NIOCore
import NIOEmbedded
import Testing
import WebSocketFraming

@Suite("The WebSocket handler")
struct WebSocketHandlerTests {
    /// Keeps what it hears.
    private final class Listener: WebSocketConversation {
        var messages: [WebSocketMessage] = []
        var isClosed = false
        var pausesAfterEach = false
        var queuedBytes = 0
        var droppedMessages = 0
        var fallsBehind = 0

        func opened(_ socket: WebSocketHandler) {}
        func received(_ message: WebSocketMessage, from socket: WebSocketHandler) {
            messages.append(message)
            if pausesAfterEach { socket.pause() }
        }
        func closed(_ socket: WebSocketHandler) { isClosed = true }
        func counted(_ change: OutboundChange) {
            queuedBytes += change.queuedBytes
            droppedMessages += change.droppedMessages
        }
        func fellBehind() { fallsBehind += 1 }
    }

    private let channel = EmbeddedChannel()
    private let listener = Listener()
    private let handler: WebSocketHandler

    init() throws {
        handler = try Self.handler(channel, listener, .close)
    }

    private static func handler(
        _ channel: EmbeddedChannel, _ listener: Listener, _ policy: SlowConsumerPolicy
    ) throws -> WebSocketHandler {
        var settings = WebSocketSettings.standard
        settings.outboundQueueBytesMax = 300
        settings.pingInterval = .seconds(30)
        settings.pongTimeLimit = .seconds(10)
        settings.closeTimeLimit = .seconds(5)
        settings.slowConsumerPolicy = policy
        let handler = WebSocketHandler(
            rules: WebSocketRules(settings), conversation: listener,
            sweep: DeadlineSweep(eventLoop: channel.embeddedEventLoop), now: channel.embeddedEventLoop.now)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try channel.pipeline.syncOperations.addHandler(handler)
        return handler
    }

    private func receive(_ bytes: [UInt8]) throws {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    private func sent() throws -> [[UInt8]] {
        var all: [[UInt8]] = []
        while let frame = try channel.readOutbound(as: ByteBuffer.self) { all.append(Array(frame.readableBytesView)) }
        return all
    }

    private func frame(_ text: String) -> ByteBuffer {
        ByteBuffer(bytes: [0x81, UInt8(text.utf8.count)] + Array(text.utf8))
    }

    @Test("A ping is answered with its payload, between the fragments of a message")
    func ping() throws {
        try receive(TestClient.frame([65], isFinal: false) + TestClient.frame([7, 8], opcode: 9))
        #expect(try sent() == [[0x8A, 2, 7, 8]])
        try receive(TestClient.frame([66], opcode: 0))
        #expect(listener.messages == [.text([65, 66])])
    }

    @Test("Frames of one turn leave with one flush")
    func oneFlush() throws {
        #expect(handler.send(frame("one")) == .accepted)
        #expect(handler.send(frame("two")) == .accepted)
        #expect(try sent() == [])
        handler.flush()
        #expect(try sent().count == 2)
        #expect(handler.counters.sentMessages == 2)
        #expect(handler.counters.sentBytes == 10)
    }

    @Test("What a busy socket does not take waits, in order, up to the limit")
    func slowSocket() throws {
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        for text in ["one", "two"] { #expect(handler.send(frame(text)) == .accepted) }
        #expect(handler.send(ByteBuffer(repeating: 0, count: 91)) == .queueFull)
        #expect(handler.queuedBytes == 2 * (5 + 96), "two frames, and what each takes beside its bytes")
        handler.flush()
        #expect(try sent() == [])
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(try sent().map { String(decoding: $0.dropFirst(2), as: UTF8.self) } == ["one", "two"])
        #expect(handler.counters.droppedMessages == 1)
    }

    @Test("A slow consumer gets a close frame that says so, and nothing after it")
    func slowConsumer() throws {
        channel.isWritable = false
        #expect(handler.send(frame("one")) == .accepted)
        handler.closeSlowConsumer()
        #expect(handler.send(frame("two")) == .closed)
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        handler.flush()
        let frames = try sent()
        #expect(frames.count == 1)
        #expect(frames.first?.starts(with: [0x88]) == true)
        #expect(frames.first?[2...3] == [0x0F, 0xA8])
        #expect(handler.closeCause == .slowConsumer)
        #expect(handler.counters.droppedMessages == 2)
        #expect(listener.droppedMessages == 2)
        #expect(listener.queuedBytes == 0)
        #expect(listener.fallsBehind == 1)
    }

    @Test("A run of frames is one write that counts each of its messages")
    func run() throws {
        var bytes = frame("one")
        bytes.writeImmutableBuffer(frame("two"))
        #expect(handler.send(FrameRun(bytes, messages: 2, isDroppable: true)) == .accepted)
        handler.flush()
        #expect(try sent().count == 1)
        #expect(handler.counters.sentMessages == 2)
        #expect(handler.counters.sentBytes == 10)
    }

    /// A socket that drops the oldest events. `sent` says what its client gets.
    private struct Dropping {
        let channel = EmbeddedChannel()
        let listener = Listener()
        let handler: WebSocketHandler

        init() throws {
            handler = try WebSocketHandlerTests.handler(channel, listener, .dropOldest)
            isWritable(false)
        }

        func isWritable(_ isWritable: Bool) {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
        }

        func send(_ text: String, event: Bool) -> WebSocketHandler.SendResult {
            let frame = ByteBuffer(bytes: [0x81, UInt8(text.utf8.count)] + Array(text.utf8))
            return handler.send(FrameRun(frame, messages: 1, isDroppable: event))
        }

        func sent() throws -> [String] {
            var all: [String] = []
            while let frame = try channel.readOutbound(as: ByteBuffer.self) {
                all.append(String(decoding: frame.readableBytesView.dropFirst(2), as: UTF8.self))
            }
            return all
        }
    }

    @Test("The oldest events of a slow consumer are dropped, and one notice in their place says how many")
    func dropOldest() throws {
        let slow = try Dropping()
        // 300 bytes hold two frames with what each takes beside its bytes.
        for n in 1...5 { #expect(slow.send("event \(n)", event: true) == .accepted) }
        #expect(slow.listener.fallsBehind == 1, "once for a gap")
        #expect(slow.handler.counters.droppedMessages == 3)
        #expect(slow.listener.queuedBytes == slow.handler.queuedBytes)
        slow.isWritable(true)
        #expect(try slow.sent() == [#"{"action":"gap","dropped":3}"#, "event 4", "event 5"])
        #expect(slow.send("event 6", event: true) == .accepted)
        slow.handler.flush()
        #expect(try slow.sent() == ["event 6"], "one notice for one gap")
        #expect(slow.listener.queuedBytes == 0)
        #expect(slow.handler.isOpen)

        slow.isWritable(false)
        for n in 7...9 { #expect(slow.send("event \(n)", event: true) == .accepted) }
        slow.isWritable(true)
        #expect(try slow.sent() == [#"{"action":"gap","dropped":1}"#, "event 8", "event 9"])
        #expect(slow.listener.fallsBehind == 2)
    }

    @Test("Answers are never dropped, and stay before the gap that they stood before")
    func answersStay() throws {
        let slow = try Dropping()
        #expect(slow.send("event 1", event: true) == .accepted)
        #expect(slow.send("answer", event: false) == .accepted)
        for n in 2...3 { #expect(slow.send("event \(n)", event: true) == .accepted) }
        slow.isWritable(true)
        #expect(try slow.sent() == ["answer", #"{"action":"gap","dropped":2}"#, "event 3"])

        slow.isWritable(false)
        for _ in 1...2 { #expect(slow.send("answer", event: false) == .accepted) }
        #expect(slow.send("one too many", event: false) == .queueFull, "no event is there to make room")
        #expect(slow.send("event 4", event: true) == .accepted, "dropped itself")
        slow.isWritable(true)
        #expect(try slow.sent() == ["answer", "answer", #"{"action":"gap","dropped":1}"#])
        #expect(slow.listener.queuedBytes == 0)
    }

    @Test("What waits is told of as dropped when the client goes away")
    func droppedAtEnd() throws {
        let slow = try Dropping()
        for n in 1...5 { #expect(slow.send("event \(n)", event: true) == .accepted) }
        slow.channel.close(promise: nil)
        slow.channel.embeddedEventLoop.run()
        #expect(slow.listener.droppedMessages == 5)
        #expect(slow.listener.queuedBytes == 0)
    }

    @Test("While paused no message is handed on, and after it they come in order")
    func pause() throws {
        listener.pausesAfterEach = true
        try receive(TestClient.frame([65]) + TestClient.frame([66]))
        #expect(listener.messages == [.text([65])])
        try receive(TestClient.frame([67]))
        #expect(listener.messages.count == 1)
        handler.resume()
        #expect(listener.messages == [.text([65]), .text([66])])
        handler.resume()
        #expect(listener.messages == [.text([65]), .text([66]), .text([67])])
    }

    @Test("The client's close code is sent back, and the channel closes")
    func closeByClient() throws {
        try receive(TestClient.frame([0x0F, 0xA0], opcode: 8))
        #expect(try sent() == [[0x88, 2, 0x0F, 0xA0]])
        channel.embeddedEventLoop.run()
        #expect(!channel.isActive)
        #expect(listener.isClosed)
        #expect(handler.closeCause == .client)
    }

    @Test("A client that does not answer a close frame is cut off")
    func closeTimeLimit() throws {
        handler.close(.goingAway, cause: .shutdown)
        #expect(try sent() == [[0x88, 12, 0x03, 0xE9] + Array("Going away".utf8)])
        channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
    }

    @Test("A silent client gets a ping, and is cut off when it stays silent")
    func deadPeer() throws {
        channel.embeddedEventLoop.advanceTime(by: .seconds(30))
        #expect(try sent() == [[0x89, 0]])
        channel.embeddedEventLoop.advanceTime(by: .seconds(11))
        #expect(!channel.isActive)
        #expect(handler.closeCause == .dead)
    }

    @Test("A client that sends nonsense gets a close frame, and the rest of what it sends is ignored")
    func fault() throws {
        try receive([0xFF] + TestClient.frame([65]))
        let frames = try sent()
        #expect(frames.count == 1)
        #expect(frames.first?.prefix(4).suffix(2) == [0x03, 0xEA])
        try receive(TestClient.frame([66]))
        #expect(listener.messages == [])
        #expect(try sent() == [])
    }
}
