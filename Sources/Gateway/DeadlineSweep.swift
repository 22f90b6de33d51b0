package import NIOCore

/// A connection whose limits in time are looked at about once a second.
package protocol SweepTarget: AnyObject {
    /// Where the target stands in its ``DeadlineSweep``; -1 when in none. Only the sweep changes it.
    var sweepIndex: Int { get set }
    func sweep(at now: NIODeadline)
    /// The server stops: say goodbye and end soon.
    func beginShutdown()
    /// The time for goodbyes is over.
    func closeNow()
}

/// All open sockets of one event loop, and the one timer that looks after their limits in time.
///
/// One timer for all costs a nanosecond or so per connection and second, and no memory; a timer each would cost a heap
/// operation whenever a deadline moves, which is at every message. The price is a resolution of one interval.
package final class DeadlineSweep {
    private let eventLoop: any EventLoop
    private let interval: TimeAmount
    private var targets: ContiguousArray<any SweepTarget> = []
    private var timer: RepeatedTask?
    private var isShuttingDown = false
    private var emptied: EventLoopPromise<Void>?

    package init(eventLoop: any EventLoop, interval: TimeAmount = .seconds(1)) {
        self.eventLoop = eventLoop
        self.interval = interval
    }

    package var count: Int { targets.count }

    func add(_ target: any SweepTarget) {
        target.sweepIndex = targets.count
        targets.append(target)
        if isShuttingDown {
            target.beginShutdown()
        } else if timer == nil {
            startTimer()
        }
    }

    func remove(_ target: any SweepTarget) {
        let index = target.sweepIndex
        guard index >= 0 else { return }
        target.sweepIndex = -1
        let last = targets.removeLast()
        if index < targets.count {
            targets[index] = last
            last.sweepIndex = index
        }
        if targets.isEmpty {
            timer?.cancel()
            timer = nil
            emptied?.succeed()
            emptied = nil
        }
    }

    /// Asks every socket to end, and succeeds when the last one has. Sockets that are added later are asked at once.
    package func beginShutdown() -> EventLoopFuture<Void> {
        isShuttingDown = true
        // A copy: targets that are idle remove themselves while being asked.
        for target in Array(targets) { target.beginShutdown() }
        if targets.isEmpty { return eventLoop.makeSucceededVoidFuture() }
        let promise = emptied ?? eventLoop.makePromise(of: Void.self)
        emptied = promise
        return promise.futureResult
    }

    /// Closes what is still open.
    func closeAll() {
        for target in Array(targets) { target.closeNow() }
    }

    private func startTimer() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        timer = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let sweep = bound.value
            let now = sweep.eventLoop.now
            // Backwards, so that a target that removes itself moves only one that was looked at already.
            var index = sweep.targets.count - 1
            while index >= 0 {
                if index < sweep.targets.count { sweep.targets[index].sweep(at: now) }
                index -= 1
            }
        }
    }
}

@available(*, unavailable)
extension DeadlineSweep: Sendable {}
