import CLinux
import Glibc

/// A TCP socket on the loopback address that never blocks.
struct StreamSocket {
    let descriptor: Int32

    /// What a call did: a number of bytes, nothing because it would have had to wait, or the end of the connection.
    enum Outcome {
        case bytes(Int)
        case wouldWait
        case ended
    }

    private static func open() throws(SystemError) -> StreamSocket {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        return StreamSocket(descriptor: try SystemError.check("socket", socket(AF_INET, type, 0)))
    }

    static func listening(on port: UInt16) throws(SystemError) -> StreamSocket {
        let result = try open()
        result.set(SOL_SOCKET, SO_REUSEADDR, 1)
        _ = try SystemError.check("bind", unsafe result.withAddress(0x7f00_0001, port) { unsafe bind($0, $1, $2) })
        _ = try SystemError.check("listen", listen(result.descriptor, 4096))
        return result
    }

    /// Begins to connect to 127.0.0.1.
    ///
    /// - Parameter source: the address to come from, as a number, since one address has no more than 28,000 ports.
    static func connecting(to port: UInt16, from source: UInt32) throws(SystemError) -> StreamSocket {
        let result = try open()
        result.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        // IP_BIND_ADDRESS_NO_PORT: the port is chosen when the other end is known.
        result.set(Int32(IPPROTO_IP), 24, 1)
        // Ends with a reset, so that no port stays taken after the run.
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            result.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        _ = try SystemError.check("bind", unsafe result.withAddress(source, 0) { unsafe bind($0, $1, $2) })
        let connected = unsafe result.withAddress(0x7f00_0001, port) { unsafe connect($0, $1, $2) }
        if connected < 0 && errno != EINPROGRESS { throw SystemError(call: "connect", number: errno) }
        return result
    }

    private func withAddress(
        _ host: UInt32, _ port: UInt16, _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = host.bigEndian
        address.sin_port = port.bigEndian
        return unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe call(
                descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout.size(ofValue: value)))
    }

    /// - Returns: the next connection; `nil` when none waits.
    func accept() -> StreamSocket? {
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let accepted = accept4(descriptor, nil, nil, flags)
        guard accepted >= 0 else { return nil }
        let result = StreamSocket(descriptor: accepted)
        result.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        return result
    }

    @inline(__always)
    func send(_ bytes: Span<UInt8>) -> Outcome {
        let count = unsafe bytes.withUnsafeBufferPointer {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count >= 0 { return .bytes(count) }
        return errno == EAGAIN || errno == EINPROGRESS ? .wouldWait : .ended
    }

    @inline(__always)
    func receive(into buffer: inout ContiguousArray<UInt8>) -> Outcome {
        let count = unsafe buffer.withUnsafeMutableBufferPointer {
            unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
        }
        if count > 0 { return .bytes(count) }
        return count < 0 && errno == EAGAIN ? .wouldWait : .ended
    }

    /// Waits until the socket takes more: for a sender that has nothing else to do.
    func waitUntilWritable() {
        var descriptors = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&descriptors, 1, 1000)
    }

    func close() {
        _ = Glibc.close(descriptor)
    }
}
