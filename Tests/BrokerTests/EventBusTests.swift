import Broker
import EventLog
import EventPattern
import JSONText
import Testing

@Suite("The event bus", .timeLimit(.minutes(1)))
struct EventBusTests {
    @Test("Events go, in order, to the connections whose pattern matches")
    func delivery() async throws {
        let test = BusUnderTest()
        let (a, b, none) = (
            test.callback.connect(to: test.bus), test.callback.connect(to: test.bus),
            test.callback.connect(to: test.bus)
        )
        try await test.running {
            try test.set("a", for: a.id)
            try test.set("b", for: b.id)
            var toA = a.messages.makeAsyncIterator()
            var toB = b.messages.makeAsyncIterator()
            #expect(await toA.nextText() == "a@0")
            #expect(await toB.nextText() == "b@0")
            let ids = try await test.publish("a", "b", "c", "a")
            let more = try await test.publish("a")
            for id in [ids[0], ids[3], more[0]] { #expect(await toA.nextText() == id.description) }
            #expect(await toB.nextText() == ids[1].description)
        }
        var toNone = none.messages.makeAsyncIterator()
        #expect(await toNone.nextText() == nil)
    }

    @Test("A pattern does not see what was published before it, and sees all that comes after")
    func definitePlace() async throws {
        let test = BusUnderTest()
        let connection = test.callback.connect(to: test.bus)
        try await test.running {
            var messages = connection.messages.makeAsyncIterator()
            try await test.publish("a", "a")
            try test.set("a", for: connection.id)
            #expect(await messages.nextText() == "a@2")
            let after = try await test.publish("a")
            #expect(await messages.nextText() == after[0].description)
        }
    }

    @Test("A change of pattern comes after the events of the old one and before those of the new")
    func change() async throws {
        let test = BusUnderTest()
        let connection = test.callback.connect(to: test.bus)
        try await test.running {
            var messages = connection.messages.makeAsyncIterator()
            try test.set("a", for: connection.id)
            #expect(await messages.nextText() == "a@0")
            // Nobody waits for the owner between these calls: it may come to the change after the second publish.
            let first = try await test.publish("a", "b")
            try test.set("b", for: connection.id)
            let second = try await test.publish("a", "b")
            #expect(await messages.nextText() == first[0].description)
            let next = try #require(await messages.nextText())
            if next == second[0].description {
                #expect(await messages.nextText() == "b@4")
            } else {
                #expect(next == "b@2")
                #expect(await messages.nextText() == second[1].description)
            }
            #expect(test.bus.clearPattern(for: connection.id) { Array($0.text("none").utf8) })
            #expect(await messages.nextText() == "none@4")
            try await test.publish("a", "b")
        }
        var rest = connection.messages.makeAsyncIterator()
        #expect(await rest.nextText() == nil)
    }

    @Test("Each connection gets exactly the events that its acknowledgements promise, whatever happens at once")
    func everythingAtOnce() async throws {
        var limits = EventBus.Limits()
        limits.batchEvents = 7
        let test = BusUnderTest(limits: limits)
        let connections = (0..<6).map { _ in test.callback.connect(to: test.bus) }
        try await test.running {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<150 { try await test.publish("0", "1", "2") }
                    }
                }
                for connection in connections {
                    group.addTask {
                        for n in 0..<60 {
                            try test.set("\(n % 3)", for: connection.id)
                            await Task.yield()
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let events = try await test.log.read(after: .zero, maxEvents: .max, maxBytes: .max).events
        #expect(events.count == 3 * 150 * 3)
        for connection in connections {
            try await check(connection.messages, against: events)
        }
    }

    /// Between two acknowledgements come all events of the first one's source whose numbers lie between theirs.
    private func check(_ messages: AsyncStream<RecordingCallback.Message>, against events: [LoggedEvent]) async throws {
        var source: String?
        var position: UInt64 = 0
        var expected: [RecordingCallback.Message] = []
        var received: [RecordingCallback.Message] = []
        var acknowledgements = 0
        func expectEvents(until end: UInt64) throws {
            guard let source else { return }
            for event in events where event.sequence.rawValue > position && event.sequence.rawValue <= end {
                let text = String(decoding: event.event.envelope, as: UTF8.self)
                if text.contains(#""source":"\#(source)""#) { expected.append(.event(event)) }
            }
        }
        for await message in messages {
            guard case .text(let text) = message else {
                received.append(message)
                continue
            }
            acknowledgements += 1
            let parts = text.split(separator: "@")
            let place = try #require(UInt64(parts[1]))
            #expect(place >= position)
            try expectEvents(until: place)
            (source, position) = (String(parts[0]), place)
        }
        try expectEvents(until: .max)
        #expect(acknowledgements == 60)
        #expect(received == expected)
    }

    @Test("A connection that was closed, or never opened, keeps no pattern")
    func closed() async throws {
        let test = BusUnderTest()
        let (gone, here) = (test.callback.connect(to: test.bus), test.callback.connect(to: test.bus))
        try await test.running {
            try test.set("a", for: gone.id)
            try test.set("a", for: here.id)
            test.bus.connectionClosed(gone.id)
            try test.set("a", for: gone.id)
            try test.set("a", for: ConnectionID.generate())
            test.bus.connectionClosed(gone.id)
            let event = Array(#"{"source":"a"}"#.utf8)
            #expect(try await test.bus.matches(event, all: true).map(\.connection) == [here.id])
            #expect(test.callback.binds == 2)
            test.bus.connectionClosed(here.id)
            #expect(try await test.bus.matches(event, all: true).isEmpty)
        }
    }

    @Test("Connections with equal patterns each keep their own spelling")
    func patternText() async throws {
        let test = BusUnderTest()
        let (a, b) = (test.callback.connect(to: test.bus), test.callback.connect(to: test.bus))
        try await test.running {
            #expect(test.bus.setPattern(try EventPattern(#"{"source":["a"]}"#), for: a.id) { _ in nil })
            #expect(test.bus.setPattern(try EventPattern(#"{ "source": ["a"] }"#), for: b.id) { _ in nil })
            try await test.ownerAnswers()
            #expect(test.callback.patternText(of: a.id) == #"{"source":["a"]}"#)
            #expect(test.callback.patternText(of: b.id) == #"{ "source": ["a"] }"#)
            let event = Array(#"{"source":"a"}"#.utf8)
            #expect(Set(try await test.bus.matches(event).map(\.connection)) == [a.id, b.id])
        }
    }

    @Test("Too many waiting pattern changes are refused, and closing never is")
    func mailboxLimit() async throws {
        var limits = EventBus.Limits()
        limits.waitingPatternChanges = 2
        let test = BusUnderTest(limits: limits)
        let connection = test.callback.connect(to: test.bus)
        try test.set("a", for: connection.id)
        try test.set("b", for: connection.id)
        #expect(!test.bus.setPattern(try pattern("c"), for: connection.id) { _ in nil })
        #expect(!test.bus.clearPattern(for: connection.id) { _ in nil })
        try await test.running {
            var messages = connection.messages.makeAsyncIterator()
            #expect(await messages.nextText() == "a@0")
            #expect(await messages.nextText() == "b@0")
            try test.set("c", for: connection.id)
            #expect(await messages.nextText() == "c@0")
            test.bus.connectionClosed(connection.id)
            #expect(try await test.bus.matches(Array("{}".utf8), all: true).isEmpty)
        }
    }

    @Test("Asking which connections match publishes nothing and explains the misses")
    func matches() async throws {
        let test = BusUnderTest()
        let (a, b) = (test.callback.connect(to: test.bus), test.callback.connect(to: test.bus))
        try await test.running {
            try test.set("a", for: a.id)
            try test.set("b", for: b.id)
            let event = Array(#"{"source":"a"}"#.utf8)
            let hits = try await test.bus.matches(event)
            #expect(hits.map(\.connection) == [a.id])
            #expect(hits.first?.pattern == #"{"source":["a"]}"#)
            #expect(hits.first?.matched == true)
            #expect(hits.first?.explanation == nil)
            let all = try await test.bus.matches(event, all: true)
            #expect(Set(all.map(\.connection)) == [a.id, b.id])
            let miss = try #require(all.first { $0.connection == b.id })
            #expect(!miss.matched)
            #expect(miss.explanation?.matched == false)
            await #expect(throws: MatchesError.self) { try await test.bus.matches(Array("{".utf8)) }
            #expect(try await test.log.head() == .zero)
        }
        #expect(try await test.bus.matches(Array(#"{"source":"a"}"#.utf8)).isEmpty)
    }

    @Test("Those who follow matches are told of each event that reaches someone")
    func follow() async throws {
        let test = BusUnderTest()
        let (a, b) = (test.callback.connect(to: test.bus), test.callback.connect(to: test.bus))
        try await test.running {
            try test.set("a", for: a.id)
            try test.set("a", for: b.id)
            var notices = try await test.bus.followMatches().makeAsyncIterator()
            let ids = try await test.publish("x", "a")
            let notice = try #require(await notices.next())
            #expect(notice.eventID == ids[1])
            #expect(notice.sequence.rawValue == 2)
            #expect(Set(notice.connections) == [a.id, b.id])
            #expect(notice.missedBefore == 0)
            test.bus.connectionClosed(b.id)
            try await test.ownerAnswers()
            let next = try await test.publish("a")
            let second = try #require(await notices.next())
            #expect(second.eventID == next[0])
            #expect(second.connections == [a.id])
        }
        var late = try await test.bus.followMatches().makeAsyncIterator()
        #expect(await late.next() == nil)
    }

    @Test("A slow follower is told how many notices it missed")
    func slowFollower() async throws {
        var limits = EventBus.Limits()
        limits.waitingNotices = 2
        let test = BusUnderTest(limits: limits)
        let connection = test.callback.connect(to: test.bus)
        try await test.running {
            var messages = connection.messages.makeAsyncIterator()
            try test.set("a", for: connection.id)
            var notices = try await test.bus.followMatches().makeAsyncIterator()
            let ids = try await test.publish("a", "a", "a", "a", "a")
            // Its answer comes after the batch, so all five have been told.
            try await test.ownerAnswers()
            for id in ids[0..<2] { #expect(await notices.next()?.eventID == id) }
            let last = try await test.publish("a")
            let notice = try #require(await notices.next())
            #expect(notice.eventID == last[0])
            #expect(notice.missedBefore == 3)
            #expect(await messages.nextText() == "a@0")
        }
    }
}
