import Broker
import Dispatch
import Synchronization
import Testing

@Suite("The thread of a bus", .timeLimit(.minutes(1)))
struct BusExecutorTests {
    @Test("Events are delivered while other work keeps every thread of Swift's pool")
    func busyPool() async throws {
        let test = BusUnderTest()
        let connection = test.callback.connect(to: test.bus)
        try await test.running {
            try await test.hold("a", for: connection.id)
            let pool = BusyPool()
            let isDelivered = await withCheckedContinuation { answer in
                // A thread beside the pool, which can do nothing now.
                DispatchQueue(label: "publisher").async {
                    pool.fill()
                    let draft = EventDraft(source: "a", detailType: "t", detail: Array("{}".utf8))
                    _ = test.bus.publish([draft]) { _ in }
                    test.bus.announce()
                    let isDelivered = pool.waits { !test.callback.batches.isEmpty }
                    pool.isOver.store(true, ordering: .releasing)
                    answer.resume(returning: isDelivered)
                }
            }
            #expect(isDelivered)
        }
    }

    /// Tasks that never give their thread back.
    private final class BusyPool: Sendable {
        let isOver = Atomic(false)
        private let running = Atomic(0)

        /// Returns when no further task gets a thread.
        func fill() {
            for _ in 0..<256 {
                Task.detached { [self] in
                    running.wrappingAdd(1, ordering: .relaxed)
                    while !isOver.load(ordering: .acquiring) { rest() }
                }
            }
            var before = -1
            _ = waits {
                defer { before = running.load(ordering: .relaxed) }
                rest()
                return before > 0 && before == running.load(ordering: .relaxed)
            }
        }

        /// Whether it comes true within ten seconds.
        func waits(_ isTrue: () -> Bool) -> Bool {
            let end = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < end {
                if isTrue() { return true }
                rest()
            }
            return false
        }

        private func rest() {
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(20))
        }
    }
}
