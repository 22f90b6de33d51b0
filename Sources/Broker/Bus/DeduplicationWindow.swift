internal import DequeModule
internal import EventLog
internal import Synchronization

/// Remembers for a while under which deduplication ids events were published, so that publishing one again gives the
/// first event's id and adds nothing. What was in the event it remembers as a hash: a name does not stand for two things.
///
/// A publisher claims the ids of its events before it appends them, all at once; whoever brings one of them meanwhile
/// waits for the outcome. After a restart the log itself says what was published.
final class DeduplicationWindow: Sendable {
    /// What an id stands for.
    struct Publication: Sendable {
        let event: EventID
        /// `Envelope.contentHash(of:)`.
        let content: Int
    }

    fileprivate enum Entry {
        /// Somebody is appending it.
        case claimed
        case published(Publication)
    }

    fileprivate struct State {
        var entries: [String: Entry] = [:]
        /// What was published, oldest first, with the time that it is remembered until.
        var order: Deque<(id: String, until: Int64)> = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isLoaded = false
    }

    /// How long a deduplication id is remembered, in milliseconds: five minutes, as in Amazon SQS.
    static let duration: Int64 = 5 * 60 * 1_000

    private let countMax: Int
    private let state = Mutex(State())

    /// - Parameter countMax: so many ids are remembered, each for about 160 bytes when it is short, and 550 when it has 255
    ///   characters; beyond, the oldest are forgotten early.
    init(countMax: Int) {
        self.countMax = countMax
    }

    /// Takes in what the log held when the bus began, and lets claims go on.
    func load(_ published: [(id: String, publication: Publication)]) {
        let waiting = state.withLock { state in
            for (id, publication) in published { remember(id, publication, &state) }
            state.isLoaded = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Claims those of the ids that are new; `settle` must follow. Waits while somebody else has claimed one of them.
    ///
    /// - Returns: what was published under the others.
    func claim(_ ids: Set<String>, at now: Int64) async -> [String: Publication] {
        while true {
            let known: [String: Publication]? = state.withLock { state in
                forget(before: now, &state)
                return state.isLoaded ? Self.claim(ids, &state) : nil
            }
            if let known { return known }
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    // Whoever had it may be done by now.
                    if state.isLoaded, !ids.contains(where: { state.entries[$0]?.isClaimed ?? false }) { return true }
                    state.waiting.append(continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
    }

    /// - Returns: nil, and nothing is claimed, when somebody else has one of them.
    private static func claim(_ ids: Set<String>, _ state: inout State) -> [String: Publication]? {
        var known: [String: Publication] = [:]
        for id in ids {
            switch state.entries[id] {
            case .claimed: return nil
            case .published(let publication): known[id] = publication
            case nil: break
            }
        }
        for id in ids where known[id] == nil { state.entries[id] = .claimed }
        return known
    }

    /// Ends claims: with what was published under them, or nothing where that failed.
    func settle(_ claimed: some Sequence<String>, _ published: [String: Publication]) {
        let waiting = state.withLock { state in
            for id in claimed {
                state.entries[id] = nil
                if let publication = published[id] { remember(id, publication, &state) }
            }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private func remember(_ id: String, _ publication: Publication, _ state: inout State) {
        state.entries[id] = .published(publication)
        state.order.append((id, publication.event.time + Self.duration))
        while state.order.count > countMax { forgetOldest(&state) }
    }

    private func forget(before now: Int64, _ state: inout State) {
        while let oldest = state.order.first, oldest.until < now { forgetOldest(&state) }
    }

    private func forgetOldest(_ state: inout State) {
        guard let oldest = state.order.popFirst() else { return }
        // Published anew meanwhile, it is remembered by a later place.
        guard case .published(let publication)? = state.entries[oldest.id],
            publication.event.time + Self.duration == oldest.until
        else { return }
        state.entries[oldest.id] = nil
    }
}

extension DeduplicationWindow.Entry {
    fileprivate var isClaimed: Bool { if case .claimed = self { true } else { false } }
}
