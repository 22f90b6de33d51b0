package import EventLog
package import EventPattern
internal import PatternIndex

/// What a look at the log gave.
package struct Poll: Sendable {
    package let events: [LoggedEvent]
    /// Where the next look begins.
    package let place: PatternPlace
}

extension EventBus {
    /// The events behind a place that match a pattern, at most `limit`; waits until there is one.
    ///
    /// - Parameters:
    ///   - start: nil for what is published from now on.
    ///   - wait: how long to wait at most; then there is none.
    /// - Throws: what the log throws when it cannot be read, and `CancellationError`.
    package func poll(
        _ pattern: EventPattern, from start: Replay.Start?, limit: Int, wait: Duration
    ) async throws -> Poll {
        let deadline = ContinuousClock.now + wait
        var place = try await presentPlace()
        if let start { place = try await start.place(in: log) }
        let run = ReplayRun(
            id: ReplayID(rawValue: 0), connection: .generate(), pattern: pattern,
            replay: Replay(.afterSequence(place.sequence), limit: limit), start: place, news: { _ in nil })
        while true {
            var found: [LoggedEvent] = []
            var isAtHead = false
            while found.isEmpty, !isAtHead {
                let step = try await run.nextStep(after: place.sequence, given: 0, on: self)
                found = step.matched
                isAtHead = step.isAtHead
                let reach = step.gap ? PatternPlace.Reach(gap: true, oldest: nil) : place.reach
                place = PatternPlace(sequence: step.position, event: step.last ?? place.event, reach: reach)
            }
            if !found.isEmpty || ContinuousClock.now >= deadline { return Poll(events: found, place: place) }
            switch await waitForEvents(matching: pattern, behind: place, limit: limit, until: deadline) {
            case .over(let poll): return poll
            case .again: continue
            }
        }
    }

    private func presentPlace() async throws -> PatternPlace {
        let newest = try await log.contents()?.newest
        return PatternPlace(sequence: newest?.sequence ?? .zero, event: newest?.id)
    }

    /// Hands the pattern to the owner of the bus, which has seen everything up to the end of the log, until an event
    /// matches it; or until the time, the bus or the caller's patience has ended.
    private func waitForEvents(
        matching pattern: EventPattern, behind place: PatternPlace, limit: Int, until deadline: ContinuousClock.Instant
    ) async -> PollWait.Outcome {
        let number = nextReplayNumber()
        let timer = Task { [mailbox] in
            guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
            mailbox.end(poll: number)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { answer in
                mailbox.wait(PollWait(number: number, pattern: pattern, limit: limit, place: place, answer: answer))
                // An end that came before the beginning met nobody.
                if Task.isCancelled || ContinuousClock.now >= deadline { mailbox.end(poll: number) }
            }
        } onCancel: { [mailbox] in
            mailbox.end(poll: number)
        }
    }
}
