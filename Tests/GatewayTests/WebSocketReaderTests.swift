import Testing
import WebSocketFraming

@Suite("Frames of a client")
struct WebSocketReaderTests {
    /// All events in `bytes`, fed in pieces of `pieceBytes`; the fault, if one ends them.
    private func read(
        _ bytes: [UInt8], pieceBytes: Int = .max, messageMax: Int = 1000, frameMax: Int = 500, binary: Bool = true
    ) -> (events: [WebSocketEvent], fault: CloseCode?) {
        var reader = WebSocketReader(
            limits: .init(messageBytesMax: messageMax, frameBytesMax: frameMax, acceptsBinary: binary))
        var events: [WebSocketEvent] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieceBytes))
            var position = 0
            rest = rest.dropFirst(pieceBytes)
            do throws(WebSocketFault) {
                while let event = try reader.next(in: piece.span, from: &position) { events.append(event) }
            } catch {
                return (events, error.closeCode)
            }
        }
        return (events, nil)
    }

    private func text(_ text: String) -> [UInt8] { TestClient.frame(Array(text.utf8)) }

    @Test("Messages and control frames come out whole, whatever the pieces they arrive in", arguments: 1...40)
    func pieces(pieceBytes: Int) {
        let bytes =
            TestClient.frame(Array("häl".utf8), isFinal: false)
            + TestClient.frame([1, 2, 3], opcode: 9)
            + TestClient.frame(Array("lo €".utf8), opcode: 0, isFinal: false)
            + TestClient.frame([], opcode: 0)
            + TestClient.frame([0xFF, 0, 0x80], opcode: 2)
            + TestClient.frame(Array(repeating: 65, count: 300))
            + TestClient.frame([], opcode: 10)
            + TestClient.frame([0x03, 0xE8] + Array("bye".utf8), opcode: 8)
        let (events, fault) = read(bytes, pieceBytes: pieceBytes)
        #expect(fault == nil)
        #expect(
            events == [
                .ping([1, 2, 3]), .text(Array("hällo €".utf8)), .binary([0xFF, 0, 0x80]),
                .text(Array(repeating: 65, count: 300)), .pong([]), .close(CloseCode(1000, "bye")),
            ])
    }

    @Test("Nothing is read after a close frame")
    func afterClose() {
        let (events, fault) = read(TestClient.frame([], opcode: 8) + [0xFF, 0xFF] + text("late"))
        #expect(events == [.close(nil)])
        #expect(fault == nil)
    }

    @Test(
        "Violations of the protocol close with 1002",
        arguments: [
            ("reserved bit", [0xC1, 0x80]),
            ("unknown data opcode", [0x83, 0x80]),
            ("unknown control opcode", [0x8B, 0x80]),
            ("unmasked frame", [0x81, 0x00]),
            ("fragmented ping", [0x09, 0x80]),
            ("long ping", [0x89, 0xFE]),
            ("nothing to continue", [0x80, 0x80]),
            ("length of 64 bits", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]),
            ("close frame of one byte", TestClient.frame([3], opcode: 8)),
            ("close code 1005", TestClient.frame([0x03, 0xED], opcode: 8)),
            ("close code 999", TestClient.frame([0x03, 0xE7], opcode: 8)),
            ("close code 5000", TestClient.frame([0x13, 0x88], opcode: 8)),
        ] as [(String, [UInt8])])
    func violations(name: String, bytes: [UInt8]) {
        #expect(read(bytes).fault?.code == 1002, "\(name)")
    }

    @Test("A new message before the end of the last one closes with 1002")
    func interleaved() {
        #expect(read(TestClient.frame([65], isFinal: false) + text("b")).fault?.code == 1002)
    }

    @Test("A header over a limit is refused before its payload comes")
    func tooLong() {
        #expect(read([0x81, 0xFE, 0x01, 0xF5]).fault == .frameTooLong(limit: 500))
        #expect(read([0x81, 0xFE, 0x03, 0xE9]).fault == .messageTooLong(limit: 1000))
        #expect(read([0x82, 0xFF, 0x7F] + Array(repeating: 0xFF, count: 7)).fault == .messageTooLong(limit: 1000))
        let part = Array(repeating: UInt8(65), count: 500)
        let two = TestClient.frame(part, isFinal: false) + TestClient.frame(part, opcode: 0, isFinal: false)
        #expect(read(two).fault == nil)
        #expect(read(two + TestClient.frame([], opcode: 0)).events == [.text(part + part)])
        #expect(read(two + [0x80, 0x81]).fault == .messageTooLong(limit: 1000))
    }

    @Test("Binary messages are refused at their first byte where they are not taken")
    func binary() {
        #expect(read([0x82], binary: false).fault?.code == 1003)
    }

    @Test("Text that is not UTF-8 fails at the first byte that shows it, in the middle of a frame")
    func failFast() {
        var bytes = TestClient.frame([0xE2, 0x82, 0x41] + Array(repeating: 65, count: 100))
        bytes.removeLast(100)
        #expect(read(bytes, pieceBytes: 1).fault?.code == 1007)
        #expect(read(Array(bytes.dropLast()), pieceBytes: 1).fault == nil)
        #expect(read(TestClient.frame([0xE2, 0x82])).fault?.code == 1007)
        #expect(read(TestClient.frame([0x03, 0xE8, 0xFF], opcode: 8)).fault?.code == 1007)
    }

    @Test(
        "The UTF-8 validator agrees with the standard library on every sequence of two and on edges of three and four")
    func utf8() {
        func agrees(_ bytes: [UInt8]) -> Bool {
            var validator = UTF8Validator()
            let valid = validator.consume(bytes.span) && validator.isComplete
            return valid == (String(validating: bytes, as: UTF8.self) != nil)
        }
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                #expect(agrees([first, second]))
                for third: UInt8 in [0x00, 0x7F, 0x80, 0xBF, 0xC0] where first >= 0xE0 {
                    guard agrees([first, second, third]), agrees([first, second, third, 0x80]) else {
                        Issue.record("\(first) \(second) \(third)")
                        return
                    }
                }
            }
        }
    }
}
