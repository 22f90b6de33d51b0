#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes lines to stdout, many at a time.
struct OutputLines: ~Copyable {
    private static let bufferBytesMax = 1 << 16
    private var buffer: [UInt8] = []

    /// Appends `line` and a line feed.
    mutating func append(_ line: some Sequence<UInt8>) {
        buffer.append(contentsOf: line)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.bufferBytesMax { flush() }
    }

    mutating func append(_ line: String) { append(line.utf8) }

    /// Appends and writes everything at once, for who watches.
    mutating func emit(_ line: some Sequence<UInt8>) {
        append(line)
        flush()
    }

    mutating func flush() {
        Terminal.write(buffer, to: STDOUT_FILENO)
        buffer.removeAll(keepingCapacity: true)
    }

    deinit { Terminal.write(buffer, to: STDOUT_FILENO) }
}
