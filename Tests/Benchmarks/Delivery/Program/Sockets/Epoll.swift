import CLinux
import Glibc

/// Waits for many descriptors, level-triggered. Each is known by a number that its owner chooses.
@safe struct Epoll: ~Copyable {
    private let descriptor: Int32
    private var events: ContiguousArray<epoll_event>

    init(eventsMax: Int = 1024) throws(SystemError) {
        descriptor = try SystemError.check("epoll_create1", epoll_create1(Int32(EPOLL_CLOEXEC)))
        unsafe events = .init(repeating: epoll_event(), count: eventsMax)
    }

    deinit { _ = Glibc.close(descriptor) }

    func add(_ socket: Int32, _ token: UInt64, writing: Bool = false) {
        control(EPOLL_CTL_ADD, socket, token, writing)
    }

    func change(_ socket: Int32, _ token: UInt64, writing: Bool) {
        control(EPOLL_CTL_MOD, socket, token, writing)
    }

    private func control(_ operation: Int32, _ socket: Int32, _ token: UInt64, _ writing: Bool) {
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue | (writing ? EPOLLOUT.rawValue : 0)
        unsafe event.data.u64 = token
        let result = unsafe epoll_ctl(descriptor, operation, socket, &event)
        precondition(result == 0, "epoll_ctl failed: \(errno)")
    }

    /// - Returns: how many are ready; ``token(_:)`` and ``canWrite(_:)`` tell which.
    mutating func wait(milliseconds: Int32) -> Int {
        let descriptor = descriptor
        let count = unsafe events.withUnsafeMutableBufferPointer {
            unsafe epoll_wait(descriptor, $0.baseAddress, Int32($0.count), milliseconds)
        }
        return max(0, Int(count))
    }

    func token(_ index: Int) -> UInt64 { unsafe events[index].data.u64 }

    func canWrite(_ index: Int) -> Bool { unsafe events[index].events & EPOLLOUT.rawValue != 0 }
}
