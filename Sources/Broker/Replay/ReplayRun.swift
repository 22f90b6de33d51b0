internal import EventLog
internal import EventPattern
internal import JSONText
internal import Logging
internal import PatternIndex
internal import Synchronization

/// One connection's way through the past: reads the log on, gives the connection what its pattern matches, as fast as it
/// takes it, and at the end of the log asks the owner of the bus to take over.
///
/// At any time a replay holds one slice of the log, and a connection is given the next one only when it has taken the
/// last: so a thousand of them need little memory, whatever their clients do.
final class ReplayRun: Sendable {
    /// How much is read at once: enough that reading from disk is cheap, little enough to be held by many.
    static let sliceEvents = 256
    static let sliceBytes = 64 * 1_024

    let id: ReplayID
    let connection: ConnectionID
    let pattern: EventPattern
    let replay: Replay
    let start: PatternPlace
    let news: @Sendable (PatternNews) -> [UInt8]?
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(
        id: ReplayID, connection: ConnectionID, pattern: EventPattern, replay: Replay, start: PatternPlace,
        news: @escaping @Sendable (PatternNews) -> [UInt8]?
    ) {
        self.id = id
        self.connection = connection
        self.pattern = pattern
        self.replay = replay
        self.start = start
        self.news = news
    }

    func begin(on bus: EventBus) {
        task.withLock { $0 = Task { await run(on: bus) } }
    }

    /// Ends it soon; what it has on its way is for nobody.
    func cancel() {
        task.withLock { $0?.cancel() }
    }

    private func run(on bus: EventBus) async {
        do {
            try await replayOn(bus)
        } catch is CancellationError {
            // Nobody wants it any more.
        } catch {
            bus.logger.error(
                "replay ended, as the event log cannot be read",
                metadata: ["connection.id": "\(connection)", "error": "\(error)"])
            bus.mailbox.end(self, .failed)
        }
    }

    private func replayOn(_ bus: EventBus) async throws {
        var position = start.sequence
        var last = start.event
        var given = 0
        var pacer = replay.speed.map(ReplayPacer.init)
        while true {
            let step = try await nextStep(after: position, given: given, on: bus)
            try Task.checkCancellation()
            if step.gap, position > start.sequence || start.reach?.gap == false {
                // Since the acknowledgement, the log has let go of what was to come next.
                guard await bus.callback.replay([], behindGap: true, to: connection, as: id) else { return }
            }
            guard try await give(step.matched, &pacer, on: bus) else { return }
            given += step.matched.count
            position = max(position, step.position)
            last = step.last ?? last
            if step.isEnd || (replay.isBounded && step.isAtHead) {
                return bus.mailbox.end(self, .ended(events: given, last: last))
            }
            if !replay.isBounded, step.isAtHead, await bus.mailbox.join(self, after: position) { return }
        }
    }

    /// - Returns: false when the connection does not want them.
    private func give(_ events: [LoggedEvent], _ pacer: inout ReplayPacer?, on bus: EventBus) async throws -> Bool {
        guard !events.isEmpty else { return true }
        guard pacer != nil else { return await bus.callback.replay(events, to: connection, as: id) }
        for event in events {
            try await pacer?.wait(forEventOf: event.event.id.time)
            guard await bus.callback.replay([event], to: connection, as: id) else { return false }
        }
        return true
    }

    /// What one slice of the log gave.
    struct Step {
        var matched: [LoggedEvent] = []
        /// Everything up to here has been looked at.
        var position: SequenceNumber
        /// The event there.
        var last: EventID?
        var gap = false
        /// The replay's own end has been reached.
        var isEnd = false
        /// Little or nothing is left to read.
        var isAtHead = false
    }

    func nextStep(after position: SequenceNumber, given: Int, on bus: EventBus) async throws -> Step {
        await bus.replayPermits.take()
        defer { bus.replayPermits.giveBack() }
        try Task.checkCancellation()
        let slice = try await bus.log.read(
            after: position, maxEvents: Self.sliceEvents, maxBytes: Self.sliceBytes)
        var step = Step(position: slice.events.isEmpty ? slice.head : position, gap: slice.gap)
        // Made anew for every slice, which costs little beside reading it; an index may not change tasks.
        let index = PatternIndex()
        _ = index.insert(pattern)
        var ids: [PatternID] = []
        for event in slice.events {
            if let until = replay.until, event.event.id.time > until {
                step.isEnd = true
                break
            }
            ids.removeAll(keepingCapacity: true)
            // Only a log that others write to can hold what is no JSON; the owner tells of it.
            try? index.match(event.event.envelope.span, into: &ids)
            if !ids.isEmpty { step.matched.append(event) }
            step.position = event.sequence
            step.last = event.event.id
            if let limit = replay.limit, given + step.matched.count >= limit {
                step.isEnd = true
                break
            }
        }
        // The owner can take over a little before the end; what ends by itself looks at all of it.
        let near = replay.isBounded ? 1 : UInt64(Self.sliceEvents)
        step.isAtHead = step.position.rawValue + near > slice.head.rawValue
        return step
    }
}
