package import EventLog
package import Logging
internal import Synchronization

/// The named sessions of a broker: for clients that cannot keep a cursor themselves.
///
/// A session has a pattern and a cursor, and at most one connection, the newest that named it. The cursor follows what
/// the client is known to have; what a connection says of a session that another one has taken over does not count.
/// `run()` saves patterns at once and cursors a moment later, together, and at its end: after a crash a client may get once
/// more what it got in the last moment, and misses nothing.
package final class Sessions: Sendable {
    package struct Limits: Sendable {
        /// How long a session is kept without a connection, in milliseconds. Default 7 days.
        package var expiry: Int64 = 7 * 24 * 60 * 60 * 1_000
        /// How many sessions there may be. Default 100,000.
        package var count = 100_000
        /// How many bytes all their patterns may have. Default 64 MiB.
        package var patternBytes = 64 << 20
        /// How often changes are saved.
        package var saveInterval = Duration.milliseconds(100)

        package init() {}
    }

    /// What is known of a session at one moment.
    package struct Status: Sendable {
        package let record: SessionRecord
        package let connection: ConnectionID?
    }

    /// Why there is no session of a name, or none with a pattern.
    package enum Refusal: Error, Hashable, Sendable {
        case tooMany(limit: Int)
        /// The pattern does not go beside those of the others.
        case noRoom(bytesMax: Int)
        /// The store failed; the reason is for the operator's log.
        case notSaved
    }

    /// What a connection finds when it names a session.
    package struct Attachment: Sendable {
        package let record: SessionRecord
        /// The connection that had it, and has it no more.
        package let previous: ConnectionID?
        package let isNew: Bool
    }

    fileprivate struct Session {
        var record: SessionRecord
        var connection: ConnectionID?
        var epoch: UInt64 = 0
        /// The pattern that the store has.
        var savedPattern: String?

        var patternBytes: Int { record.pattern?.utf8.count ?? 0 }
    }

    fileprivate struct State {
        var sessions: [SessionKey: Session] = [:]
        var patternBytes = 0
        /// Since the last save.
        var changed: Set<SessionKey> = []
        var deleted: Set<SessionKey> = []
        /// The save that was asked for last; each waits for the one before.
        var lastSave: Task<Bool, Never>?
        /// The last save failed.
        var isStoreFailing = false
        /// When sessions were last looked through for old ones, in milliseconds since 1970.
        var expired: Int64 = 0
    }

    private let store: any SessionStore
    private let limits: Limits
    private let clock: WallClock
    private let logger: Logger
    private let state = Mutex(State())
    /// Rings when something is to be saved at once.
    private let bell: AsyncStream<Void>
    private let ringer: AsyncStream<Void>.Continuation

    package init(
        store: any SessionStore, limits: Limits = Limits(), clock: WallClock = .system, logger: Logger
    ) {
        self.store = store
        self.limits = limits
        self.clock = clock
        self.logger = logger
        (bell, ringer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether a session may have this name: 1 to 128 letters, digits, `.`, `_` and `-`.
    package static func isName(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    // MARK: Keeping

    /// Brings back what was saved. To be called before any other.
    package func load() async throws {
        let records = try await store.sessions()
        state.withLock { state in
            for record in records {
                let session = Session(record: record, savedPattern: record.pattern)
                state.sessions[record.key] = session
                state.patternBytes += session.patternBytes
            }
        }
    }

    /// Saves changes and lets sessions expire, until it is cancelled; then saves once more.
    package func run() async {
        let clock = Task { [limits, ringer] in
            while !Task.isCancelled {
                try? await Task.sleep(for: limits.saveInterval)
                ringer.yield()
            }
        }
        // Ends when the task is cancelled.
        for await _ in bell {
            expire()
            await save()
        }
        clock.cancel()
        await save()
    }

    /// Saves what has changed; on return everything is saved that was changed before the call. A store that fails is tried
    /// again the next time.
    ///
    /// - Returns: whether it is saved.
    @discardableResult
    package func save() async -> Bool {
        let save = state.withLock { state in
            // A task of its own: cancellation ends `run()`, and must not end its last save.
            let save = Task { [previous = state.lastSave] in
                _ = await previous?.value
                return await saveChanges()
            }
            state.lastSave = save
            return save
        }
        return await save.value
    }

    private func saveChanges() async -> Bool {
        let (changed, deleted) = state.withLock { state in
            defer { (state.changed, state.deleted) = ([], []) }
            return (state.changed.compactMap { state.sessions[$0]?.record }, Array(state.deleted))
        }
        guard !changed.isEmpty || !deleted.isEmpty else { return true }
        do {
            try await store.save(changed, deleted: deleted)
            let isRelief = state.withLock { state in
                for record in changed { state.sessions[record.key]?.savedPattern = record.pattern }
                defer { state.isStoreFailing = false }
                return state.isStoreFailing
            }
            if isRelief { logger.notice("sessions are saved again") }
            return true
        } catch {
            let isNews = state.withLock { state in
                state.changed.formUnion(changed.map(\.key).filter { state.sessions[$0] != nil })
                state.deleted.formUnion(deleted.filter { state.sessions[$0] == nil })
                defer { state.isStoreFailing = true }
                return !state.isStoreFailing
            }
            // Tried again many times a second; on a full disk that would fill the operator's log.
            if isNews { logger.error("sessions cannot be saved", metadata: ["error": "\(error)"]) }
            return false
        }
    }

    private func expire() {
        let now = clock.now()
        let end = now - limits.expiry
        state.withLock { state in
            // There may be many; once in a hundredth of their time is often enough.
            guard now - state.expired > limits.expiry / 100 || now < state.expired else { return }
            state.expired = now
            for (key, session) in state.sessions where session.connection == nil && session.record.lastUsed < end {
                state.remove(key)
            }
        }
    }

    // MARK: Connections

    /// Gives a session, made if there is none, to a connection.
    ///
    /// - Parameter acknowledging: whether the client will acknowledge, from the first event on.
    package func attach(
        _ key: SessionKey, to connection: ConnectionID, acknowledging: Bool = false
    ) throws(Refusal) -> Attachment {
        let now = clock.now()
        let attachment: Attachment? = state.withLock { state in
            var session = state.sessions[key] ?? Session(record: SessionRecord(key: key, lastUsed: now))
            let isNew = state.sessions[key] == nil
            guard !isNew || state.sessions.count < limits.count else { return nil }
            let previous = session.connection
            session.connection = connection
            session.record.lastUsed = now
            if acknowledging { session.record.isAcknowledging = true }
            state.sessions[key] = session
            state.changed.insert(key)
            state.deleted.remove(key)
            return Attachment(record: session.record, previous: previous, isNew: isNew)
        }
        guard let attachment else { throw .tooMany(limit: limits.count) }
        return attachment
    }

    /// The connection is gone.
    package func detach(_ key: SessionKey, from connection: ConnectionID) {
        let now = clock.now()
        change(key, connection) { session in
            session.connection = nil
            session.record.lastUsed = now
        }
    }

    /// Saves the pattern that a session is about to get: on return it is as durable as the store makes it, so what is
    /// acknowledged afterwards is there after a crash.
    ///
    /// - Parameter place: where the cursor goes if the session has no pattern yet.
    /// - Throws: when there is no room for it, or it cannot be saved; nothing is changed then. A shorter one than before
    ///   always has room, and one that is saved already needs no saving.
    package func prepare(
        _ pattern: String, from place: SequenceNumber, of key: SessionKey, by connection: ConnectionID
    ) async throws(Refusal) {
        let before: SessionRecord?? = change(key, connection) { session, bytes in
            let before = session.record
            let more = pattern.utf8.count - session.patternBytes
            guard more <= 0 || bytes + more <= limits.patternBytes else { return nil }
            if session.record.pattern == nil { session.record.cursor = max(session.record.cursor, place) }
            session.record.pattern = pattern
            return before
        }
        // Another connection has the session by now.
        guard let before else { return }
        guard let before else { throw .noRoom(bytesMax: limits.patternBytes) }
        if await save() { return }
        let isSaved = change(key, connection) { session in
            if session.savedPattern == pattern { return true }
            if session.record.pattern == pattern {
                session.record.pattern = before.pattern
                if before.pattern == nil { session.record.cursor = before.cursor }
            }
            return false
        }
        guard isSaved ?? true else { throw .notSaved }
    }

    /// The session's pattern holds from a place of the log on; what is told of earlier deliveries does not count any more.
    ///
    /// - Parameters:
    ///   - pattern: nil for none.
    ///   - place: where the cursor goes; nil leaves it where it is.
    package func setPattern(
        _ pattern: String?, from place: SequenceNumber?, of key: SessionKey, by connection: ConnectionID
    ) {
        change(key, connection) { session in
            session.record.pattern = pattern
            session.epoch += 1
            if let place { session.record.cursor = place }
        }
        ringer.yield()
    }

    /// The place up to which the session's client has everything; nil when the connection has the session no more.
    package func cursor(of key: SessionKey, by connection: ConnectionID) -> SequenceNumber? {
        state.withLock { state in
            guard let session = state.sessions[key], session.connection == connection else { return nil }
            return session.record.cursor
        }
    }

    /// Counts the patterns that the session has had: deliveries belong to one of them.
    package func epoch(of key: SessionKey) -> UInt64 { state.withLock { $0.sessions[key]?.epoch ?? 0 } }

    /// Whether only the client's own word moves the cursor.
    package func isAcknowledging(_ key: SessionKey) -> Bool {
        state.withLock { $0.sessions[key]?.record.isAcknowledging ?? false }
    }

    /// What reached the client: it has everything up to here, unless it says so itself.
    ///
    /// - Parameter epoch: that of the delivery.
    package func reached(
        _ place: SequenceNumber, in epoch: UInt64, of key: SessionKey, by connection: ConnectionID
    ) {
        change(key, connection) { session in
            guard !session.record.isAcknowledging, session.epoch == epoch else { return }
            session.record.cursor = max(session.record.cursor, place)
        }
    }

    /// The client says that it has everything up to here. From now on only that moves its cursor.
    package func acknowledge(_ place: SequenceNumber, of key: SessionKey, by connection: ConnectionID) {
        change(key, connection) { session in
            session.record.isAcknowledging = true
            session.record.cursor = max(session.record.cursor, place)
        }
    }

    @discardableResult
    private func change<Result: Sendable>(
        _ key: SessionKey, _ connection: ConnectionID, _ body: (inout Session) -> Result
    ) -> Result? {
        change(key, connection) { session, _ in body(&session) }
    }

    /// Changes a session, if the connection still has it.
    ///
    /// - Parameter body: gets also the bytes of all patterns.
    /// - Returns: nil when the connection does not have it.
    @discardableResult
    private func change<Result: Sendable>(
        _ key: SessionKey, _ connection: ConnectionID, _ body: (inout Session, _ patternBytes: Int) -> Result
    ) -> Result? {
        state.withLock { state in
            guard let index = state.sessions.index(forKey: key), state.sessions.values[index].connection == connection
            else { return nil }
            let before = state.sessions.values[index].patternBytes
            let result = body(&state.sessions.values[index], state.patternBytes)
            state.patternBytes += state.sessions.values[index].patternBytes - before
            state.changed.insert(key)
            return result
        }
    }

    // MARK: Inspection

    /// All sessions of a stage, by name; of all stages for nil.
    package func all(stage: String?) -> [Status] {
        state.withLock { state in
            state.sessions.values.filter { stage == nil || $0.record.key.stage == stage }
                .map { Status(record: $0.record, connection: $0.connection) }
        }
        .sorted { $0.record.key < $1.record.key }
    }

    /// Forgets a session.
    ///
    /// - Returns: nil when there is none; otherwise the connection that had it, if one did.
    package func delete(_ key: SessionKey) -> ConnectionID?? {
        state.withLock { state in
            guard let session = state.sessions[key] else { return nil }
            state.remove(key)
            return .some(session.connection)
        }
    }
}

extension Sessions.State {
    fileprivate mutating func remove(_ key: SessionKey) {
        patternBytes -= sessions.removeValue(forKey: key)?.patternBytes ?? 0
        changed.remove(key)
        deleted.insert(key)
    }
}
