import Glibc

/// What a process has used: for the server under test, and for the load generator itself.
struct ProcessFigures {
    private let id: pid_t

    init(id: pid_t = getpid()) {
        self.id = id
    }

    /// Nanoseconds of CPU, user and system, of all its threads, those that have ended among them.
    var cpu: Int {
        var clock = clockid_t()
        guard unsafe clock_getcpuclockid(id, &clock) == 0 else { return 0 }
        return Self.nanoseconds(clock)
    }

    /// Bytes in memory.
    var residentBytes: Int {
        guard let file = unsafe fopen("/proc/\(id)/statm", "r") else { return 0 }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard unsafe fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Nanoseconds of a clock that only goes forward.
    static func now() -> Int { nanoseconds(CLOCK_MONOTONIC) }

    private static func nanoseconds(_ clock: clockid_t) -> Int {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
