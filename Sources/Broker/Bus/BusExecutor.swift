internal import Dispatch

/// Runs the tasks of one bus's owner, one at a time, on a thread of its own: work that keeps all threads of Swift's pool
/// busy, such as the compiling of many long patterns, does not hold up delivery.
///
/// The queue has no target, so that Dispatch gives it a thread beyond those that it would share out.
final class BusExecutor: TaskExecutor {
    private let queue: DispatchQueue

    init(bus: String) {
        queue = DispatchQueue(label: "bus-\(bus)", qos: .userInitiated)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // The closure keeps the executor alive for as long as the job uses the reference.
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
