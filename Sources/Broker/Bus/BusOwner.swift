internal import EventLog
internal import EventPattern
internal import JSONText
internal import Logging
internal import PatternIndex

/// The work of the one task that owns a bus: reads the log on, matches, hands over, and carries out what the mailbox
/// holds. Everything here is touched by that task alone.
final class BusOwner {
    private let bus: EventBus
    private let index = PatternIndex()
    private var patterns: [ConnectionID: PatternID] = [:]
    /// The connections that are still in the past; none of them is among `patterns`.
    private var replays: [ConnectionID: ReplayRun] = [:]
    private var polls = WaitingPolls()
    /// What the index holds, as it was told since the last change: many who ask cost one look.
    private var statistics: PatternIndex.Statistics?
    private var followers = MatchFollowers()
    /// Everything up to here has been handed over.
    private var position = SequenceNumber.zero
    /// The event there.
    private var lastEvent: EventID?

    init(_ bus: EventBus) {
        self.bus = bus
    }

    func run() async throws {
        defer {
            followers.finish()
            polls.endAll(at: position, lastEvent)
            for run in replays.values { run.cancel() }
        }
        let newest = try await bus.log.contents()?.newest
        lastEvent = newest?.id
        if let newest { move(to: newest.sequence) } else { move(to: try await bus.log.head()) }
        await bus.loadDeduplication()
        bus.metrics.show(index.counts)
        for await _ in bus.mailbox.bell {
            try await workUntilIdle()
            guard bus.mailbox.isStopping, bus.window.isQuiet else { continue }
            // Whoever was let in has appended by now, perhaps after the last read.
            try await catchUp()
            return
        }
    }

    private func workUntilIdle() async throws {
        while true {
            let commands = bus.mailbox.take()
            if !commands.isEmpty {
                // They may be many, and patterns are compiled for longer than events are matched.
                await bus.executor.returnLentThread()
                // What was published before these commands were given is matched by the patterns before.
                try await catchUp()
                for command in commands { await carryOut(command) }
                bus.metrics.show(index.counts)
            }
            let isAtEnd = try await readOn()
            if isAtEnd, commands.isEmpty { return }
            await bus.executor.returnLentThread()
        }
    }

    /// Reads on at least to the head of this moment.
    private func catchUp() async throws {
        let head = try await bus.log.head()
        while position < head { _ = try await readOn() }
    }

    /// Reads, matches and hands over one batch.
    ///
    /// - Returns: whether that was all there was to read.
    private func readOn() async throws -> Bool {
        let slice = try await bus.log.read(
            after: position, maxEvents: bus.limits.batchEvents, maxBytes: bus.limits.batchBytes)
        if slice.gap {
            report(gapBefore: slice)
            polls.tellGap()
            await bus.callback.tellGap()
        }
        guard let last = slice.events.last else {
            move(to: slice.head)
            return true
        }
        let start = ContinuousClock.now
        let batch = match(slice.events)
        polls.see(slice.events)
        if !batch.isEmpty { followers.tell(of: batch, patterns: patterns) }
        bus.matchCost.record(bytes: slice.events.reduce(0) { $0 + $1.event.envelope.count }, .now - start)
        if !batch.isEmpty { await bus.callback.deliver(batch) }
        lastEvent = last.event.id
        move(to: last.sequence)
        return last.sequence >= slice.head
    }

    private func match(_ events: [LoggedEvent]) -> DeliveryBatch {
        var batch = DeliveryBatch()
        guard !patterns.isEmpty else { return batch }
        let start = ContinuousClock.now
        for event in events {
            do throws(JSONSyntaxError) {
                try batch.append(event) { ids throws(JSONSyntaxError) in
                    try index.match(event.event.envelope.span, into: &ids)
                }
            } catch {
                // Only a log that others write to can hold one.
                bus.logger.error(
                    "event in the log is not JSON", metadata: ["event.id": "\(event.event.id)", "error": "\(error)"])
            }
        }
        bus.metrics.matched(batch.events.count, in: .now - start)
        return batch
    }

    private func move(to sequence: SequenceNumber) {
        position = max(position, sequence)
        bus.window.advance(to: position)
    }

    private func report(gapBefore slice: LogSlice) {
        bus.metrics.gap()
        bus.logger.error(
            "events left the log before they were delivered; let the log keep more",
            metadata: ["log.after": "\(position)", "log.oldest": "\(slice.events.first?.sequence ?? slice.head)"])
    }

    private func carryOut(_ command: BusMailbox.Command) async {
        switch command {
        case .bind(let connection, let pattern, let news):
            endReplay(of: connection)
            let holds = PatternNews.holds(PatternPlace(sequence: position, event: lastEvent))
            await bind(connection, to: pattern, acknowledgement: news(holds))
        case .beginReplay(let run):
            await begin(run)
        case .join(let run, let sequence, let answer):
            answer.resume(returning: await join(run, after: sequence))
        case .endReplay(let run, let news):
            guard replays[run.connection] === run else { return }
            replays[run.connection] = nil
            await bus.callback.endReplay(
                of: run.connection, boundTo: nil, text: nil, missed: [], acknowledgement: run.news(news))
        case .wait(let poll):
            await wait(poll)
        case .endPoll(let number):
            polls.end(number, at: position, lastEvent)
        case .close(let connection):
            endReplay(of: connection)
            takePattern(of: connection)
        case .inspect(let event, let all, let answer):
            answer.resume(returning: inspect(event, all: all))
        case .measure(let answer):
            let statistics = statistics ?? index.statistics
            self.statistics = statistics
            answer.resume(returning: statistics)
        case .follow(let number, let follower, let begun):
            followers.add(number, follower)
            begun.resume()
        case .unfollow(let number):
            followers.remove(number)
        }
    }

    private func bind(_ connection: ConnectionID, to pattern: EventPattern?, acknowledgement: [UInt8]?) async {
        guard let pattern else {
            takePattern(of: connection)
            return await bus.callback.bind(connection, to: nil, text: nil, acknowledgement: acknowledgement)
        }
        await bus.callback.bind(
            connection, to: give(pattern, to: connection), text: pattern.text, acknowledgement: acknowledgement)
    }

    private func give(_ pattern: EventPattern, to connection: ConnectionID) -> PatternID {
        statistics = nil
        let old = patterns[connection]
        let id = if let old { index.replace(old, with: pattern) } else { index.insert(pattern) }
        patterns[connection] = id
        followers.patternsChanged()
        return id
    }

    private func takePattern(of connection: ConnectionID) {
        statistics = nil
        if let old = patterns.removeValue(forKey: connection) { index.remove(old) }
        followers.patternsChanged()
    }

    // MARK: Replays

    private func begin(_ run: ReplayRun) async {
        endReplay(of: run.connection)
        takePattern(of: run.connection)
        replays[run.connection] = run
        await bus.callback.beginReplay(
            run.id, of: run.pattern.text, limit: run.replay.limit, to: run.connection,
            acknowledgement: run.news(.holds(run.start)))
        run.begin(on: bus)
    }

    private func endReplay(of connection: ConnectionID) {
        replays.removeValue(forKey: connection)?.cancel()
    }

    /// Takes over from a replay that has looked at everything up to `sequence`: gives the connection what it lacks, and
    /// stores its pattern.
    ///
    /// - Returns: false when the replay is to go on, as it lacks more than one read of the log.
    private func join(_ run: ReplayRun, after sequence: SequenceNumber) async -> Bool {
        guard replays[run.connection] === run else { return true }
        guard let missed = await events(matching: run.pattern, after: sequence) else { return false }
        replays[run.connection] = nil
        await bus.callback.endReplay(
            of: run.connection, boundTo: give(run.pattern, to: run.connection), text: run.pattern.text, missed: missed,
            acknowledgement: run.news(.live(position, lastEvent)))
        return true
    }

    /// The events behind a place that have been handed over and match; nil when they do not come with one read, or not
    /// without a gap.
    private func events(matching pattern: EventPattern, after sequence: SequenceNumber) async -> [LoggedEvent]? {
        guard let events = await eventsBetween(sequence, and: position) else { return nil }
        // An index of its own: the one of the bus would match everybody's patterns.
        let alone = PatternIndex()
        _ = alone.insert(pattern)
        return events.filter { event in
            var matching: [PatternID] = []
            try? alone.match(event.event.envelope.span, into: &matching)
            return !matching.isEmpty
        }
    }

    /// Takes over from a poll that has come to the end of the log.
    private func wait(_ poll: PollWait) async {
        let missed = await events(matching: poll.pattern, after: poll.place.sequence)
        guard missed?.isEmpty == true else { return poll.answer.resume(returning: .again) }
        polls.add(poll)
    }

    /// The events behind `start` up to `end`; nil when they do not come with one read, or not without a gap.
    private func eventsBetween(_ start: SequenceNumber, and end: SequenceNumber) async -> [LoggedEvent]? {
        guard start < end else { return [] }
        let slice = try? await bus.log.read(
            after: start, maxEvents: bus.limits.batchEvents, maxBytes: bus.limits.batchBytes)
        guard let slice, !slice.gap, slice.events.last?.sequence ?? slice.head >= end else { return nil }
        return slice.events.filter { $0.sequence <= end }
    }

    private func inspect(_ event: [UInt8], all: Bool) -> BusMailbox.Inspection {
        var matching: [PatternID] = []
        do throws(JSONSyntaxError) {
            try index.match(event.span, into: &matching)
        } catch {
            return .failure(error)
        }
        let matches = Set(matching)
        return .success(
            patterns.compactMap { connection, id in
                let matched = matches.contains(id)
                guard matched || all, let pattern = index.pattern(id) else { return nil }
                return (connection, pattern, matched)
            })
    }
}
