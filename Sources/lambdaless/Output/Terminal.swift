#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the standard streams are connected to.
enum Terminal {
    static let inputIsTerminal = isatty(STDIN_FILENO) == 1
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1

    /// Whether stdout takes colours: a terminal that is not `dumb`, and no `NO_COLOR` (no-color.org).
    static var outputHasColour: Bool {
        outputIsTerminal && Environment.value("NO_COLOR") == nil && Environment.value("TERM") != "dumb"
    }

    /// Writes a line for people to stderr.
    static func note(_ text: String) {
        write(Array("\(text)\n".utf8), to: STDERR_FILENO)
    }

    /// Writes over the current line of stderr; for progress on a terminal.
    static func overwrite(_ text: String) {
        write(Array("\r\u{1B}[K\(text)".utf8), to: STDERR_FILENO)
    }

    /// Writes all of `bytes`. A reader that went away ends the program as a success: it has what it wanted.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        guard let code = writeAll(bytes, to: descriptor) else { return }
        exit((code == EPIPE ? ExitStatus.success : .failure).rawValue)
    }

    /// Writes all of `bytes`, in as many calls as it takes.
    ///
    /// - Returns: the system's error that ended it; nil when everything is written.
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                #if canImport(Glibc)
                    unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
                #else
                    unsafe Darwin.write(descriptor, buffer.baseAddress, buffer.count)
                #endif
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR && errno != EAGAIN {
                return errno
            }
        }
        return nil
    }
}

/// The environment, where a variable that is empty counts as not set.
enum Environment {
    static func value(_ name: String) -> String? {
        guard let text = unsafe getenv(name) else { return nil }
        let value = unsafe String(cString: text)
        return value.isEmpty ? nil : value
    }
}
