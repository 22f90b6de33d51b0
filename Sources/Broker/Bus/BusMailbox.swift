internal import EventLog
internal import EventPattern
internal import JSONText
internal import PatternIndex
internal import Synchronization

/// What others ask of the owner of a bus, in the order of their calls, and the bell that wakes it.
final class BusMailbox: Sendable {
    enum Command: Sendable {
        case bind(ConnectionID, EventPattern?, news: @Sendable (PatternNews) -> [UInt8]?)
        case beginReplay(ReplayRun)
        /// A replay has reached the end of the log; the answer is whether it is over.
        case join(ReplayRun, after: SequenceNumber, answer: CheckedContinuation<Bool, Never>)
        case endReplay(ReplayRun, PatternNews)
        case wait(PollWait)
        case endPoll(UInt64)
        case close(ConnectionID)
        case inspect([UInt8], all: Bool, answer: CheckedContinuation<Inspection?, Never>)
        case measure(answer: CheckedContinuation<PatternIndex.Statistics?, Never>)
        case follow(Int, AsyncStream<MatchNotice>.Continuation, begun: CheckedContinuation<Void, Never>)
        case unfollow(Int)
    }

    /// Connections with their patterns and whether the event matches.
    typealias Inspection = Result<[(connection: ConnectionID, pattern: EventPattern, matched: Bool)], JSONSyntaxError>

    private struct State {
        var commands: [Command] = []
        var patternChanges = 0
        var questions = 0
        var openConnections: Set<ConnectionID> = []
        /// How many there have been, and are.
        var followersEver = 0
        var followers = 0
        var hasBegun = false
        var isStopping = false
        var hasEnded = false
    }

    private let limits: EventBus.Limits
    private let state = Mutex(State())
    /// Rings at least once after anything was put in and after every `wake()`. Rings that nobody heard become one.
    let bell: AsyncStream<Void>
    private let ringer: AsyncStream<Void>.Continuation

    init(_ limits: EventBus.Limits) {
        self.limits = limits
        (bell, ringer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func wake() { ringer.yield() }

    func open(_ connection: ConnectionID) {
        state.withLock { _ = $0.openConnections.insert(connection) }
    }

    func close(_ connection: ConnectionID) {
        let isNews = state.withLock { state in
            guard state.openConnections.remove(connection) != nil, !state.hasEnded else { return false }
            state.commands.append(.close(connection))
            return true
        }
        if isNews { wake() }
    }

    /// - Returns: false when there is no room.
    func bind(
        _ connection: ConnectionID, to pattern: EventPattern?, news: @escaping @Sendable (PatternNews) -> [UInt8]?
    ) -> Bool {
        change(connection, by: .bind(connection, pattern, news: news))
    }

    /// - Returns: false when there is no room.
    func begin(_ run: ReplayRun) -> Bool {
        change(run.connection, by: .beginReplay(run))
    }

    private func change(_ connection: ConnectionID, by command: Command) -> Bool {
        let hasRoom = state.withLock { state in
            guard state.openConnections.contains(connection), !state.hasEnded else { return true }
            guard state.patternChanges < limits.waitingPatternChanges else { return false }
            state.patternChanges += 1
            state.commands.append(command)
            return true
        }
        wake()
        return hasRoom
    }

    /// Asks the owner to go on where a replay has come to.
    ///
    /// - Returns: whether the replay is over: the owner has taken over, or nobody wants it any more. Otherwise too much
    ///   has come meanwhile.
    func join(_ run: ReplayRun, after sequence: SequenceNumber) async -> Bool {
        await withCheckedContinuation { answer in
            let isTaken = state.withLock { state in
                guard !state.hasEnded else { return false }
                state.commands.append(.join(run, after: sequence, answer: answer))
                return true
            }
            if isTaken { wake() } else { answer.resume(returning: true) }
        }
    }

    /// A replay is over by itself.
    func end(_ run: ReplayRun, _ news: PatternNews) {
        state.withLock { if !$0.hasEnded { $0.commands.append(.endReplay(run, news)) } }
        wake()
    }

    /// Has a poll wait for what comes; it is answered at once when the bus has ended.
    func wait(_ poll: PollWait) {
        let isTaken = state.withLock { state in
            guard !state.hasEnded else { return false }
            state.commands.append(.wait(poll))
            return true
        }
        if isTaken { wake() } else { poll.end(at: poll.place.sequence, poll.place.event) }
    }

    /// A poll is to wait no longer.
    func end(poll number: UInt64) {
        state.withLock { if !$0.hasEnded { $0.commands.append(.endPoll(number)) } }
        wake()
    }

    /// Nothing matches once the bus has ended; nil when too many wait for an answer already.
    func inspect(_ event: [UInt8], all: Bool) async -> Inspection? {
        await withCheckedContinuation { (caller: CheckedContinuation<Inspection?, Never>) in
            let refusal: Inspection?? = state.withLock { state in
                guard !state.hasEnded else { return .some(.success([])) }
                guard state.questions < limits.waitingQuestions else { return .some(nil) }
                state.questions += 1
                state.commands.append(.inspect(event, all: all, answer: caller))
                return nil
            }
            if let refusal { caller.resume(returning: refusal) } else { wake() }
        }
    }

    /// Nil once the bus has ended.
    func measure() async -> PatternIndex.Statistics? {
        await withCheckedContinuation { answer in
            let isTaken = state.withLock { state in
                guard !state.hasEnded else { return false }
                state.commands.append(.measure(answer: answer))
                return true
            }
            if isTaken { wake() } else { answer.resume(returning: nil) }
        }
    }

    /// Returns when the owner has it.
    ///
    /// - Returns: false when there are too many already.
    func follow(_ follower: AsyncStream<MatchNotice>.Continuation) async -> Bool {
        let number: Int? = state.withLock { state in
            guard state.followers < limits.followers else { return nil }
            state.followers += 1
            state.followersEver += 1
            return state.followersEver
        }
        guard let number else { return false }
        await withCheckedContinuation { begun in
            let isTaken = state.withLock { state in
                guard !state.hasEnded else { return false }
                state.commands.append(.follow(number, follower, begun: begun))
                return true
            }
            follower.onTermination = { [weak self] _ in self?.unfollow(number) }
            guard isTaken else {
                follower.finish()
                return begun.resume()
            }
            wake()
        }
        return true
    }

    private func unfollow(_ number: Int) {
        state.withLock { state in
            state.followers -= 1
            if !state.hasEnded { state.commands.append(.unfollow(number)) }
        }
        wake()
    }

    /// Takes everything out.
    func take() -> [Command] {
        state.withLock { state in
            defer {
                state.commands = []
                state.patternChanges = 0
                state.questions = 0
            }
            return state.commands
        }
    }

    /// - Returns: false when it had begun before.
    func begin() -> Bool {
        state.withLock { state in
            defer { state.hasBegun = true }
            return !state.hasBegun
        }
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        wake()
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Takes nothing in any more, and answers what nobody will work on now.
    func end() {
        let left = state.withLock { state in
            state.hasEnded = true
            state.openConnections = []
            defer { state.commands = [] }
            return state.commands
        }
        for command in left {
            switch command {
            case .inspect(_, _, let answer): answer.resume(returning: .success([]))
            case .measure(let answer): answer.resume(returning: nil)
            case .follow(_, let follower, let begun):
                follower.finish()
                begun.resume()
            case .join(_, _, let answer): answer.resume(returning: true)
            case .wait(let poll): poll.end(at: poll.place.sequence, poll.place.event)
            case .bind, .beginReplay, .endReplay, .endPoll, .close, .unfollow: break
            }
        }
    }
}
