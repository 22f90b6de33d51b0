import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file or stdin, read whole or piece by piece.
final class InputFile: Sendable {
    private static let pieceBytes = 1 << 16
    /// How long a read waits before it looks whether its task was cancelled.
    private static let pollMilliseconds: Int32 = 100

    /// For messages: the path, or `stdin`.
    let name: String
    private let descriptor: Int32

    /// - Parameter path: `-` is stdin.
    /// - Throws: ``CommandFailure`` where it cannot be opened.
    init(path: String) throws {
        if path == "-" {
            name = "stdin"
            descriptor = STDIN_FILENO
        } else {
            name = path
            descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Self.failure("open", path, errno) }
        }
    }

    deinit { if descriptor > STDIN_FILENO { close(descriptor) } }

    /// All that is there, up to the end of the file.
    func readAll() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try read() { bytes += piece }
        return bytes
    }

    /// The next piece; nil at the end. Blocks a thread of NIO's pool, none of Swift's, and ends when its task does.
    func next() async throws -> [UInt8]? {
        while true {
            try Task.checkCancellation()
            let piece: [UInt8]?? = try await NIOThreadPool.singleton.runIfActive {
                var request = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
                // A descriptor that cannot be polled, as a file's may not, is ready.
                return unsafe poll(&request, 1, Self.pollMilliseconds) == 0 ? .none : .some(try self.read())
            }
            if let piece { return piece }
        }
    }

    private func read() throws -> [UInt8]? {
        while true {
            var count = 0
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, initialized in
                #if canImport(Glibc)
                    count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                #else
                    count = unsafe Darwin.read(descriptor, buffer.baseAddress, buffer.count)
                #endif
                initialized = count < 0 ? 0 : count
            }
            if count > 0 { return piece }
            if count == 0 { return nil }
            if errno != EINTR { throw Self.failure("read", name, errno) }
        }
    }

    private static func failure(_ verb: String, _ path: String, _ code: Int32) -> CommandFailure {
        CommandFailure("cannot \(verb) \(path): \(unsafe String(cString: strerror(code)).lowercased())")
    }
}

/// The pieces of a file, in order.
extension InputFile: AsyncSequence {
    struct AsyncIterator: AsyncIteratorProtocol {
        let file: InputFile

        func next() async throws -> [UInt8]? { try await file.next() }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(file: self) }
}
