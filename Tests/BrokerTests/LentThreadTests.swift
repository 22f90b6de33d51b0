import Dispatch
import Synchronization
import Testing

@testable import Broker

@Suite("Threads that are lent to a bus", .timeLimit(.minutes(1)))
struct LentThreadTests {
    /// A task on an executor that does one round of work for each call, and says where it was done.
    private final class Worker: Sendable {
        private static let lender = DispatchSpecificKey<Bool>()

        let executor = BusExecutor(bus: "test")
        private let lenderQueue = DispatchQueue(label: "lender")
        private let calls: AsyncStream<Void>.Continuation
        private let rounds = Mutex<[Bool]>([])
        private let task: Mutex<Task<Void, Never>?> = Mutex(nil)

        /// - Parameter round: given what to call to note whether the lent thread is at work.
        init(_ round: @escaping @Sendable (BusExecutor, () -> Void) async -> Void) {
            lenderQueue.setSpecific(key: Self.lender, value: true)
            let (stream, calls) = AsyncStream<Void>.makeStream()
            self.calls = calls
            task.withLock {
                $0 = Task(executorPreference: executor) { [self] in
                    for await _ in stream {
                        await round(executor) {
                            let isLent = DispatchQueue.getSpecific(key: Self.lender) ?? false
                            rounds.withLock { $0.append(isLent) }
                        }
                    }
                }
            }
        }

        /// Calls for a round from a thread that is lent, once the executor is at rest.
        func callLending() async {
            await withCheckedContinuation { done in
                lenderQueue.async { [self] in
                    // Its task begins on the executor's own thread, and lets go of it when it waits for calls.
                    while !executor.lendThread(for: {}) {}
                    let isTaken = executor.lendThread { calls.yield() }
                    #expect(isTaken)
                    done.resume()
                }
            }
        }

        func call() { calls.yield() }

        /// What was noted in all rounds, once the task has ended.
        func end() async -> [Bool] {
            calls.finish()
            await task.withLock { $0 }?.value
            return rounds.withLock { $0 }
        }
    }

    @Test("What becomes ready while a thread is lent runs there")
    func lent() async {
        let worker = Worker { _, note in note() }
        await worker.callLending()
        #expect(await worker.end() == [true])
    }

    @Test("Otherwise it runs on the executor's own thread")
    func own() async {
        let worker = Worker { _, note in note() }
        worker.call()
        #expect(await worker.end() == [false])
    }

    @Test("Work that takes longer gives the thread back and goes on elsewhere")
    func returned() async {
        let worker = Worker { executor, note in
            note()
            await executor.returnLentThread()
            note()
        }
        await worker.callLending()
        #expect(await worker.end() == [true, false])
    }

    @Test("A thread is lent for a few jobs only")
    func bounded() async {
        let worker = Worker { _, note in
            for _ in 0..<100 {
                note()
                await Task.yield()
            }
        }
        await worker.callLending()
        let rounds = await worker.end()
        #expect(rounds.count == 100)
        #expect((1...4).contains(rounds.filter { $0 }.count))
    }

    @Test("Matching is done on lent threads where it was cheap lately, and little is to be matched")
    func cost() {
        let cost = MatchCost()
        #expect(cost.isSmall(bytes: 100_000))
        #expect(!cost.isSmall(bytes: 1 << 20))
        cost.record(bytes: 1_024, .microseconds(20))
        #expect(cost.isSmall(bytes: 4_096))
        #expect(!cost.isSmall(bytes: 8_192))
        // One event that was hard to match is not forgotten at once.
        cost.record(bytes: 1_024, .milliseconds(300))
        cost.record(bytes: 1_024, .microseconds(1))
        #expect(!cost.isSmall(bytes: 500))
        for _ in 0..<300 { cost.record(bytes: 1_024, .microseconds(1)) }
        #expect(cost.isSmall(bytes: 50_000))
    }
}
