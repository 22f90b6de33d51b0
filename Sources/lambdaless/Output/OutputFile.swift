#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that is written from its beginning, or stdout.
final class OutputFile: Sendable {
    /// For messages: the path, or `stdout`.
    let name: String
    private let descriptor: Int32

    /// - Parameter path: `-` is stdout. What the file held is gone.
    /// - Throws: ``CommandFailure`` where it cannot be opened.
    init(path: String) throws {
        if path == "-" {
            name = "stdout"
            descriptor = STDOUT_FILENO
        } else {
            name = path
            descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw Self.failure("open", path, errno) }
        }
    }

    deinit { if descriptor > STDERR_FILENO { close(descriptor) } }

    /// Writes each line with a line feed.
    /// - Throws: ``CommandFailure``.
    func write(_ lines: [[UInt8]]) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lines.reduce(lines.count) { $0 + $1.count })
        for line in lines {
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        if descriptor == STDOUT_FILENO { return Terminal.write(bytes, to: descriptor) }
        if let code = Terminal.writeAll(bytes, to: descriptor) { throw Self.failure("write", name, code) }
    }

    private static func failure(_ verb: String, _ path: String, _ code: Int32) -> CommandFailure {
        CommandFailure("cannot \(verb) \(path): \(unsafe String(cString: strerror(code)).lowercased())")
    }
}
