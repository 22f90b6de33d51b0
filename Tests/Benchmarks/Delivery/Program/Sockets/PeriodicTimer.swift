import CLinux
import Glibc

/// A descriptor that becomes readable once each period, until the process ends.
struct PeriodicTimer {
    let descriptor: Int32

    init(nanoseconds: Int) throws(SystemError) {
        let flags = Int32(TFD_NONBLOCK | TFD_CLOEXEC)
        descriptor = try SystemError.check("timerfd_create", timerfd_create(CLOCK_MONOTONIC, flags))
        let period = timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
        var times = itimerspec(it_interval: period, it_value: period)
        _ = unsafe try SystemError.check("timerfd_settime", timerfd_settime(descriptor, 0, &times, nil))
    }

    /// How many periods have ended since the last call.
    func periods() -> Int {
        var count: UInt64 = 0
        return unsafe read(descriptor, &count, MemoryLayout.size(ofValue: count)) > 0 ? Int(count) : 0
    }
}
