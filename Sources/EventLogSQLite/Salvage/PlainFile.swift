internal import EventLog

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A file that is only read.
final class PlainFile {
    let size: Int
    private let descriptor: CInt

    /// Nil when there is no such file.
    init?(_ path: String) throws(EventLogError) {
        guard let size = LogFile.size(path) else { return nil }
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        self.size = size
        guard descriptor >= 0 else {
            throw .storageFailed(reason: "\(path) cannot be read: \(lastSystemError())")
        }
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    /// As many bytes as there are, and as asked for.
    func read(at offset: Int, count: Int) throws(EventLogError) -> [UInt8] {
        guard offset >= 0, offset < size else { return [] }
        var isFailed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // The call writes at most as many bytes as the buffer has, and says how many.
            let result = unsafe pread(descriptor, buffer.baseAddress, count, off_t(offset))
            isFailed = result < 0
            filled = max(0, result)
        }
        if isFailed { throw .storageFailed(reason: "a file of the log cannot be read: \(lastSystemError())") }
        return bytes
    }
}
