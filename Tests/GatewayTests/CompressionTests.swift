import Testing
import WebSocketFraming

@Suite("Compressed messages")
struct CompressionTests {
    /// What RFC 7692 §7.2.3.1 and §7.2.3.4 send for "Hello", in one block, in a stored one, in a last one, in two.
    private static let hellos: [[UInt8]] = [
        [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],
        [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00],
        [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00],
        [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00],
        [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00],
    ]

    private func deflated(_ message: [UInt8], windowBits: Int = 12) -> [UInt8] {
        MessageDeflater(windowBits: windowBits).withDeflated(message.span) { span in span.indices.map { span[$0] } }
    }

    /// What a reader makes of `bytes`, fed in pieces.
    private func read(
        _ bytes: [UInt8], pieceBytes: Int = .max, messageMax: Int = 1000, binary: Bool = true
    ) -> (events: [WebSocketEvent], fault: CloseCode?) {
        let limits = WebSocketReader.Limits(
            messageBytesMax: messageMax, frameBytesMax: messageMax, acceptsBinary: binary, acceptsCompressed: true)
        let inflater = MessageInflater()
        var reader = WebSocketReader(limits: limits)
        var events: [WebSocketEvent] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieceBytes))
            var position = 0
            rest = rest.dropFirst(pieceBytes)
            do throws(WebSocketFault) {
                while let event = try reader.next(in: piece.span, from: &position) {
                    guard case .compressed(let message) = event else {
                        events.append(event)
                        continue
                    }
                    events.append(try message.inflated(inflater, limits))
                }
            } catch {
                return (events, error.closeCode)
            }
        }
        return (events, nil)
    }

    private func compressed(_ payload: [UInt8], opcode: UInt8 = 1, isFinal: Bool = true) -> [UInt8] {
        TestClient.frame(payload, opcode: 0x40 | opcode, isFinal: isFinal)
    }

    @Test("The examples of RFC 7692 are read, in one piece and in many", arguments: hellos, 1...5)
    func examples(payload: [UInt8], pieceBytes: Int) {
        let bytes =
            compressed(payload) + TestClient.frame([66]) + compressed(Array(payload.prefix(3)), isFinal: false)
            + TestClient.frame([1], opcode: 9) + TestClient.frame(Array(payload.dropFirst(3)), opcode: 0)
            + compressed([], opcode: 2)
        let (events, fault) = read(bytes, pieceBytes: pieceBytes)
        #expect(fault == nil)
        let hello = WebSocketEvent.text(Array("Hello".utf8))
        #expect(events == [hello, .text([66]), .ping([1]), hello, .binary([])])
    }

    @Test("What the deflater makes is read again, whatever its length and window", arguments: [9, 12, 15])
    func roundTrip(windowBits: Int) {
        let deflater = MessageDeflater(windowBits: windowBits)
        var generator = SystemRandomNumberGenerator()
        for count in [0, 1, 2, 100, 511, 512, 513, 5000, 16 * 1024, 16 * 1024 + 1, 300_000] {
            let repetitive = (0..<count).map { UInt8(truncatingIfNeeded: 97 + $0 % 23 + $0 / 700 % 3) }
            let random = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            for message in [repetitive, random] {
                let payload = deflater.withDeflated(message.span) { span in span.indices.map { span[$0] } }
                let (events, fault) = read(compressed(payload, opcode: 2), messageMax: 400_000)
                let isSame = events == [.binary(message)]
                #expect(isSame, "\(count) bytes, \(windowBits) window bits: \(String(describing: fault))")
            }
            if count > 500 { #expect(deflated(repetitive).count < count / 3) }
        }
    }

    @Test("A repetition lies no farther back than the window is long")
    func window() throws {
        var generator = SystemRandomNumberGenerator()
        let random = (0..<600).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(deflated(random + random, windowBits: 9).count > 1100)
        #expect(deflated(random + random, windowBits: 12).count < 700)
    }

    @Test("The first reserved bit belongs to the first frame of a message, the others to nobody")
    func reservedBits() {
        let hello = Self.hellos[0]
        #expect(read(compressed(hello, opcode: 9)).fault?.code == 1002)
        #expect(read(compressed(hello, opcode: 8)).fault?.code == 1002)
        let inContinuation = compressed(hello, isFinal: false) + compressed([], opcode: 0)
        #expect(read(inContinuation).fault?.code == 1002)
        #expect(read(TestClient.frame([65], isFinal: false) + compressed(hello, opcode: 0)).fault?.code == 1002)
        #expect(read([0xA1, 0x80]).fault?.code == 1002)
        #expect(read([0xD1, 0x80]).fault?.code == 1002)
        #expect(read(compressed(hello, opcode: 2), binary: false).fault?.code == 1003)
    }

    @Test("A compressed message obeys the limit on its length, and inflates no farther")
    func limit() {
        let thousand = Array(repeating: UInt8(65), count: 1000)
        #expect(read(compressed(deflated(thousand))).events == [.text(thousand)])
        #expect(read(compressed(deflated(thousand + [65]))).fault == .messageTooLong(limit: 1000))
        let bomb = deflated(Array(repeating: 0, count: 50_000_000), windowBits: 15)
        let (events, fault) = read(compressed(bomb, opcode: 2), messageMax: 300_000)
        #expect(bomb.count < 300_000)
        #expect(events.isEmpty)
        #expect(fault == .messageTooLong(limit: 300_000))
    }

    @Test("What is not deflated, breaks off, or is no text closes with 1007, and the next connection is not affected")
    func invalid() {
        #expect(read(compressed([0xFF, 0xFF, 0xFF])).fault?.code == 1007)
        #expect(read(compressed([0x06])).fault?.code == 1007)
        for end in 1..<5 { #expect(read(compressed(Array(Self.hellos[0].prefix(end)))).fault?.code == 1007) }
        #expect(read(compressed(deflated([0xFF]))).fault?.code == 1007)
        #expect(read(compressed(deflated([0xE2, 0x82]))).fault?.code == 1007)
        let inflater = MessageInflater()
        #expect(throws: MessageInflater.Failure.invalid) { try inflater.inflate([0xFF, 0xFF], bytesMax: 10) }
        #expect(throws: MessageInflater.Failure.tooLong) { try inflater.inflate(Self.hellos[0], bytesMax: 4) }
        #expect((try? inflater.inflate(Self.hellos[0], bytesMax: 5)) == Array("Hello".utf8))
    }
}
