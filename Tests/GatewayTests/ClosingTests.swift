import Gateway
import NIOCore
import Testing
import WebSocketFraming

@Suite("Closing and liveness")
struct ClosingTests {
    @Test("The closing handshake is answered once, and nothing is sent after a close frame")
    func handshake() {
        var byClient = CloseHandshake()
        #expect(byClient.received(.goingAway) == .sendAndClose(.goingAway))
        #expect(!byClient.isOpen)
        #expect(byClient.close(.disconnected) == .none)
        #expect(byClient.fail(.binaryNotSupported) == .none)

        var byServer = CloseHandshake()
        #expect(byServer.close(.disconnected) == .sendAndAwait(.disconnected))
        #expect(!byServer.isOpen)
        #expect(byServer.close(.goingAway) == .none)
        #expect(byServer.received(nil) == .closeSocket)

        var byFault = CloseHandshake()
        #expect(byFault.fail(.binaryNotSupported) == .sendAndDiscard(.binaryNotSupported))
        #expect(byFault.received(nil) == .none)

        var both = CloseHandshake()
        #expect(both.close(.goingAway) == .sendAndAwait(.goingAway))
        #expect(both.fail(.binaryNotSupported) == .closeSocket)
    }

    @Test("A silent client gets one ping, and is dead when it stays silent")
    func pings() {
        let start = NIODeadline.uptimeNanoseconds(1)
        var settings = WebSocketSettings.standard
        settings.pingInterval = .seconds(30)
        settings.pongTimeLimit = .seconds(10)
        var liveness = Liveness(now: start)
        #expect(liveness.check(settings, at: start + .seconds(29)) == .alive)
        #expect(liveness.check(settings, at: start + .seconds(30)) == .sendPing)
        #expect(liveness.check(settings, at: start + .seconds(39)) == .alive)
        liveness.received(at: start + .seconds(39))
        #expect(liveness.check(settings, at: start + .seconds(41)) == .alive)
        #expect(liveness.check(settings, at: start + .seconds(69)) == .sendPing)
        #expect(liveness.check(settings, at: start + .seconds(79)) == .dead)
    }

    @Test("API Gateway's limits: 10 minutes without a message, 2 hours in all, no pings")
    func awsLimits() {
        let start = NIODeadline.uptimeNanoseconds(1)
        var liveness = Liveness(now: start)
        liveness.received(at: start + .minutes(9))
        #expect(liveness.check(.aws, at: start + .minutes(10) - .seconds(1)) == .alive)
        #expect(liveness.check(.aws, at: start + .minutes(10)) == .expired, "a pong is no message")
        for minute in stride(from: Int64(9), to: 120, by: 9) {
            liveness.message(at: start + .minutes(minute))
            #expect(liveness.check(.aws, at: start + .minutes(minute + 1)) == .alive)
        }
        #expect(liveness.check(.aws, at: start + .hours(2)) == .expired)
    }

    @Test("Every reason that the gateway gives fits into a close frame")
    func reasons() {
        let codes: [CloseCode] = [
            .disconnected, .goingAway, .binaryNotSupported, .messageTooLong(limit: .max), .frameTooLong(limit: .max),
            .slowConsumer(limit: .max),
        ]
        for code in codes { #expect(code.reason.utf8.count <= 123, "\(code.reason)") }
    }
}
