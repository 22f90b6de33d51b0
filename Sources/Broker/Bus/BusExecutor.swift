internal import DequeModule
internal import Dispatch
internal import Synchronization

/// Runs the tasks of one bus's owner, one job at a time: on a thread of its own, so that work that keeps all threads of
/// Swift's pool busy, such as the compiling of many long patterns, does not hold up delivery; or, for a short while, on
/// the thread of a publisher who lends it. Waking another thread costs more than matching a few events.
///
/// The queue has no target, so that Dispatch gives it a thread beyond those that it would share out.
final class BusExecutor: TaskExecutor {
    private struct State {
        var jobs: Deque<UnownedJob> = []
        /// Somebody runs jobs, or is about to: the thread, or who lends one.
        var isRunning = false
        /// Who runs them has lent a thread, and is not wanted back yet.
        var isLent = false
    }

    private let queue: DispatchQueue
    private let state = Mutex(State())

    /// A lent thread runs so many jobs at most: one that hears of news, one that acts on it, and as many again.
    private static let lentJobsMax = 4

    init(bus: String) {
        queue = DispatchQueue(label: "bus-\(bus)", qos: .userInitiated)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let begins = state.withLock { state in
            state.jobs.append(job)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if begins { runOnThread() }
    }

    private func runOnThread() {
        queue.async { [self] in
            while let job = nextJob() { run(job) }
        }
    }

    private func nextJob() -> UnownedJob? {
        state.withLock { state in
            let job = state.jobs.popFirst()
            if job == nil { state.isRunning = false }
            return job
        }
    }

    private func run(_ job: UnownedJob) {
        // Whoever calls keeps the executor alive for as long as the job uses the reference.
        unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }

    /// Does `work`, and then runs on this thread what became ready meanwhile.
    ///
    /// - Returns: false when somebody runs jobs already, who gets to these as well.
    @discardableResult
    func lendThread(for work: () -> Void) -> Bool {
        let isMine = state.withLock { state in
            guard !state.isRunning else { return false }
            state.isRunning = true
            state.isLent = true
            return true
        }
        work()
        guard isMine else { return false }
        for _ in 0..<Self.lentJobsMax {
            guard let job = nextLentJob() else { break }
            run(job)
        }
        let hasMore = state.withLock { state in
            state.isLent = false
            state.isRunning = !state.jobs.isEmpty
            return state.isRunning
        }
        if hasMore { runOnThread() }
        return true
    }

    private func nextLentJob() -> UnownedJob? {
        state.withLock { $0.isLent ? $0.jobs.popFirst() : nil }
    }

    /// Goes on a thread of its own if this one is lent: to be called by a task of this executor before work that may take
    /// longer.
    func returnLentThread() async {
        let isLent = state.withLock { state in
            defer { state.isLent = false }
            return state.isLent
        }
        // Goes to the end of the jobs, which the lender runs no more.
        if isLent { await Task.yield() }
    }
}
