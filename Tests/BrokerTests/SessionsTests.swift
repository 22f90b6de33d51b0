import Broker
import EventLog
import Logging
import Synchronization
import Testing

/// Keeps what it is given, and can fail.
private final class RecordingStore: SessionStore {
    struct Broken: Error {}

    private let state = Mutex((records: [SessionKey: SessionRecord](), saves: 0, isBroken: false))

    init(_ records: [SessionRecord] = []) {
        state.withLock { state in for record in records { state.records[record.key] = record } }
    }

    var records: [SessionKey: SessionRecord] { state.withLock { $0.records } }
    var saves: Int { state.withLock { $0.saves } }
    func setBroken(_ value: Bool) { state.withLock { $0.isBroken = value } }

    func sessions() -> [SessionRecord] { Array(records.values) }

    func close() {}

    func save(_ changed: [SessionRecord], deleted: [SessionKey]) throws {
        try state.withLock { state in
            if state.isBroken { throw Broken() }
            state.saves += 1
            for key in deleted { state.records[key] = nil }
            for record in changed { state.records[record.key] = record }
        }
    }
}

@Suite("Named sessions")
struct SessionsTests {
    private let key = SessionKey(stage: "dev", name: "a")
    private let clock = SettableClock(1_000)

    private func sessions(_ store: any SessionStore, _ change: (inout Sessions.Limits) -> Void = { _ in }) -> Sessions {
        var limits = Sessions.Limits()
        change(&limits)
        return Sessions(
            store: store, limits: limits, clock: clock.wallClock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func place(_ number: UInt64) -> SequenceNumber { SequenceNumber(rawValue: number) }

    @Test("Pattern and cursor are there for the next connection, also after a restart")
    func kept() async throws {
        let store = RecordingStore()
        let first = sessions(store)
        let connection = ConnectionID.generate()
        #expect(try first.attach(key, to: connection).isNew)
        first.setPattern("p", from: place(3), of: key, by: connection)
        first.reached(place(7), in: 1, of: key, by: connection)
        first.reached(place(5), in: 1, of: key, by: connection)
        first.detach(key, from: connection)
        await first.save()

        let second = sessions(store)
        try await second.load()
        let attachment = try second.attach(key, to: .generate())
        #expect(!attachment.isNew)
        #expect(attachment.previous == nil)
        #expect(attachment.record.pattern == "p")
        #expect(attachment.record.cursor == place(7))
        #expect(try second.attach(SessionKey(stage: "prod", name: "a"), to: .generate()).isNew)
    }

    @Test("The newest connection has the session, and what the one before says does not count")
    func takenOver() throws {
        let sessions = sessions(NoSessionStore())
        let (old, new) = (ConnectionID.generate(), ConnectionID.generate())
        _ = try sessions.attach(key, to: old)
        sessions.setPattern("p", from: place(1), of: key, by: old)
        #expect(try sessions.attach(key, to: new).previous == old)
        sessions.reached(place(9), in: 1, of: key, by: old)
        sessions.acknowledge(place(9), of: key, by: old)
        sessions.setPattern("q", from: place(9), of: key, by: old)
        sessions.detach(key, from: old)
        let status = try #require(sessions.all(stage: "dev").first)
        #expect(status.connection == new)
        #expect(status.record.pattern == "p")
        #expect(status.record.cursor == place(1))
    }

    @Test("A client that acknowledges moves its cursor itself")
    func acknowledging() throws {
        let sessions = sessions(NoSessionStore())
        let connection = ConnectionID.generate()
        _ = try sessions.attach(key, to: connection)
        sessions.reached(place(2), in: 0, of: key, by: connection)
        sessions.acknowledge(place(3), of: key, by: connection)
        sessions.reached(place(9), in: 0, of: key, by: connection)
        #expect(sessions.all(stage: nil).first?.record.cursor == place(3))
    }

    @Test("What is told of deliveries of an earlier pattern does not count")
    func epochs() throws {
        let sessions = sessions(NoSessionStore())
        let connection = ConnectionID.generate()
        _ = try sessions.attach(key, to: connection)
        sessions.setPattern("p", from: place(10), of: key, by: connection)
        let epoch = sessions.epoch(of: key)
        // Back to the beginning.
        sessions.setPattern("p", from: .zero, of: key, by: connection)
        sessions.reached(place(20), in: epoch, of: key, by: connection)
        #expect(sessions.cursor(of: key, by: connection) == .zero)
        sessions.reached(place(2), in: epoch + 1, of: key, by: connection)
        #expect(sessions.cursor(of: key, by: connection) == place(2))
    }

    @Test("A pattern is saved before it is acknowledged, and only a first one moves the cursor")
    func prepared() async throws {
        let store = RecordingStore()
        let sessions = sessions(store)
        let connection = ConnectionID.generate()
        _ = try sessions.attach(key, to: connection)
        try await sessions.prepare("p", from: place(5), of: key, by: connection)
        #expect(store.records[key]?.pattern == "p")
        #expect(store.records[key]?.cursor == place(5))
        try await sessions.prepare("q", from: place(9), of: key, by: connection)
        #expect(store.records[key]?.pattern == "q")
        #expect(store.records[key]?.cursor == place(5))
    }

    @Test("Sessions without a connection expire, others do not")
    func expiry() async throws {
        let store = RecordingStore()
        let sessions = sessions(store) {
            $0.expiry = 100
            $0.saveInterval = .milliseconds(1)
        }
        let other = SessionKey(stage: "dev", name: "b")
        let connection = ConnectionID.generate()
        _ = try sessions.attach(key, to: connection)
        _ = try sessions.attach(other, to: .generate())
        sessions.detach(key, from: connection)
        await sessions.save()
        #expect(store.records.count == 2)
        clock.set(1_101)
        let run = Task { await sessions.run() }
        while store.records[key] != nil { await Task.yield() }
        run.cancel()
        await run.value
        #expect(sessions.all(stage: nil).map(\.record.key) == [other])
    }

    @Test("What a store refused is saved the next time, and the end saves what is left")
    func refused() async throws {
        let store = RecordingStore()
        let sessions = sessions(store)
        let connection = ConnectionID.generate()
        _ = try sessions.attach(key, to: connection)
        let gone = SessionKey(stage: "dev", name: "gone")
        _ = try sessions.attach(gone, to: .generate())
        await sessions.save()
        store.setBroken(true)
        sessions.reached(place(5), in: 0, of: key, by: connection)
        #expect(sessions.delete(gone) != nil)
        #expect(sessions.delete(gone) == nil)
        await sessions.save()
        store.setBroken(false)
        let run = Task { await sessions.run() }
        run.cancel()
        await run.value
        #expect(store.records[key]?.cursor == place(5))
        #expect(store.records[gone] == nil)
        let saves = store.saves
        await sessions.save()
        #expect(store.saves == saves)
    }

    @Test("A pattern that cannot be saved is refused, and the one before stays; one that is saved needs no room")
    func unsaved() async throws {
        let store = RecordingStore()
        let sessions = sessions(store)
        let connection = ConnectionID.generate()
        _ = try sessions.attach(key, to: connection)
        store.setBroken(true)
        await #expect(throws: Sessions.Refusal.self) {
            try await sessions.prepare("p", from: place(5), of: key, by: connection)
        }
        #expect(sessions.all(stage: nil).first?.record.pattern == nil)
        #expect(sessions.cursor(of: key, by: connection) == .zero)
        store.setBroken(false)
        try await sessions.prepare("p", from: place(6), of: key, by: connection)
        store.setBroken(true)
        await #expect(throws: Sessions.Refusal.self) {
            try await sessions.prepare("q", from: place(9), of: key, by: connection)
        }
        try await sessions.prepare("p", from: place(9), of: key, by: connection)
        store.setBroken(false)
        await sessions.save()
        #expect(store.records[key]?.pattern == "p")
        #expect(store.records[key]?.cursor == place(6))
    }

    @Test("That a store fails is logged when it begins and when it is over")
    func failureLog() async throws {
        let log = RecordedLog()
        let store = RecordingStore()
        let sessions = Sessions(store: store, clock: clock.wallClock, logger: log.logger)
        let connection = ConnectionID.generate()
        _ = try sessions.attach(key, to: connection)
        for _ in 0..<2 {
            store.setBroken(true)
            for _ in 0..<3 { await sessions.save() }
            store.setBroken(false)
            await sessions.save()
            sessions.reached(place(1), in: 0, of: key, by: connection)
            await sessions.save()
            sessions.reached(place(2), in: 0, of: key, by: connection)
        }
        #expect(log.levels == [.error, .notice, .error, .notice])
    }

    @Test("There are not more than the limit")
    func limit() throws {
        let sessions = sessions(NoSessionStore()) { $0.count = 1 }
        _ = try sessions.attach(key, to: .generate())
        #expect(throws: Sessions.Refusal.tooMany(limit: 1)) {
            try sessions.attach(SessionKey(stage: "dev", name: "b"), to: .generate())
        }
        _ = try sessions.attach(key, to: .generate())
    }

    @Test("The patterns of all sessions have room for so many bytes, also after a restart")
    func room() async throws {
        let store = RecordingStore()
        let other = SessionKey(stage: "dev", name: "b")
        let (one, two) = (ConnectionID.generate(), ConnectionID.generate())
        let full = Sessions.Refusal.noRoom(bytesMax: 8)
        let first = sessions(store) { $0.patternBytes = 8 }
        _ = try first.attach(key, to: one)
        _ = try first.attach(other, to: two)
        try await first.prepare("12345", from: .zero, of: key, by: one)
        await #expect(throws: full) { try await first.prepare("1234", from: place(9), of: other, by: two) }
        #expect(store.records[other]?.pattern == nil)
        #expect(first.cursor(of: other, by: two) == .zero)
        try await first.prepare("123", from: .zero, of: other, by: two)
        await #expect(throws: full) { try await first.prepare("123456", from: .zero, of: key, by: one) }

        let second = sessions(store) { $0.patternBytes = 6 }
        try await second.load()
        _ = try second.attach(key, to: one)
        try await second.prepare("1234", from: .zero, of: key, by: one)
        await #expect(throws: Sessions.Refusal.noRoom(bytesMax: 6)) {
            try await second.prepare("12345", from: .zero, of: key, by: one)
        }
        _ = second.delete(other)
        try await second.prepare("12345", from: .zero, of: key, by: one)
        second.setPattern(nil, from: nil, of: key, by: one)
        try await second.prepare("123456", from: .zero, of: key, by: one)
    }

    @Test(
        "Names are plain",
        arguments: [
            ("a", true), ("A.b_c-9", true), ("", false), ("a b", false), ("ä", false), ("a/b", false), ("\"", false),
            (String(repeating: "x", count: 128), true), (String(repeating: "x", count: 129), false),
        ])
    func names(text: String, isName: Bool) {
        #expect(Sessions.isName(text) == isName)
    }
}
