import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The socket of a channel, for sending past NIO while NIO has nothing to send: a write and a flush through a channel cost
/// a third of what the kernel takes for a small event, and touch six objects that are cold where connections are many.
///
/// Only for a channel whose bytes leave as they are, on its event loop. What the kernel does not take is NIO's to send,
/// and nothing goes past NIO until that has left; errors are NIO's to find when it tries the same.
///
/// Invariant that makes keeping the descriptor safe: NIO closes it on the event loop and calls `channelInactive` before
/// anything else runs there, where the owner calls ``close()``. So no other connection has that number while it is here.
struct DirectSocket {
    private var descriptor: CInt = -1
    /// Whether something was written through NIO and is not known to have left.
    private var isBehindNIO = true

    /// Not yet open: everything goes through NIO.
    init() {}

    mutating func open(_ channel: any Channel) {
        let handle = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            $0
        }
        descriptor = handle ?? -1
    }

    mutating func close() {
        descriptor = -1
    }

    /// Something is written through NIO: what follows must not overtake it.
    mutating func stayBehindNIO() {
        isBehindNIO = true
    }

    /// Sends from the beginning of `bytes`.
    ///
    /// - Returns: how many bytes the kernel took; 0 where NIO is to send.
    mutating func transmit(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) -> Int {
        guard descriptor >= 0 else { return 0 }
        if isBehindNIO {
            // Only here, as asking the channel for anything costs more than all the rest.
            guard (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) == 0 else { return 0 }
            isBehindNIO = false
        }
        return Self.send(bytes, descriptor)
    }

    /// The descriptor, if nothing stands between it and the next byte.
    var free: CInt? { descriptor >= 0 && !isBehindNIO ? descriptor : nil }

    /// Sends from the beginning of `bytes`.
    ///
    /// - Returns: how many bytes the kernel took; 0 for an error, too.
    static func send(_ bytes: ByteBuffer, _ descriptor: CInt) -> Int {
        #if canImport(Darwin)
            let flags: CInt = 0  // NIO sets SO_NOSIGPIPE
        #else
            let flags = CInt(MSG_NOSIGNAL)
        #endif
        // The bytes stay where they are during the call, which reads no more than there are.
        let sent = unsafe bytes.withUnsafeReadableBytes {
            #if canImport(Darwin)
                unsafe Darwin.send(descriptor, $0.baseAddress, $0.count, flags)
            #elseif canImport(Musl)
                unsafe Musl.send(descriptor, $0.baseAddress, $0.count, flags)
            #else
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, flags)
            #endif
        }
        return max(sent, 0)
    }
}

@available(*, unavailable)
extension DirectSocket: Sendable {}
