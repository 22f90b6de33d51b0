internal import EventLog

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Keeps a folder for one process, and knows whether the one before ended it properly.
///
/// The file `lock` is locked with flock(2), which ends with the process whatever becomes of it. Its text is the id of the
/// process that has the folder, and is taken away at a proper end: text that nobody's lock protects tells of an end that
/// was none.
final class FolderLock: Sendable {
    /// Whether the last process that had the folder did not get to `release(clean: true)`.
    let isAfterUncleanEnd: Bool
    private let descriptor: CInt

    /// Makes the folder if it is missing, for this user alone, and locks it.
    ///
    /// - Throws: `EventLogError.folderInUse`, `EventLogError.folderUnusable`.
    init(folder: String) throws(EventLogError) {
        try Self.make(folder)
        let path = folder + "/lock"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .folderUnusable(folder: folder, reason: "the file 'lock' in it: \(lastSystemError())")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isTaken = errno == EWOULDBLOCK
            let reason = "the file 'lock' in it cannot be locked: \(lastSystemError())"
            let holder = Self.text(of: descriptor)
            _ = Self.close(descriptor)
            throw isTaken
                ? .folderInUse(folder: folder, processID: Int(holder.trimmed))
                : .folderUnusable(folder: folder, reason: reason)
        }
        self.descriptor = descriptor
        isAfterUncleanEnd = !Self.text(of: descriptor).trimmed.isEmpty
        let text = Array("\(getpid())\n".utf8)
        // The bytes are read during the call.
        let isWritten = unsafe text.withUnsafeBytes { bytes in
            unsafe ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes.baseAddress, bytes.count, 0) == bytes.count
        }
        guard isWritten, fsync(descriptor) == 0 else {
            let reason = "the file 'lock' in it: \(lastSystemError())"
            _ = Self.close(descriptor)
            throw .folderUnusable(folder: folder, reason: reason)
        }
    }

    /// Gives the folder back.
    ///
    /// - Parameter clean: whether everything in it is in order; otherwise the next one is told.
    func release(clean: Bool) {
        if clean, ftruncate(descriptor, 0) == 0 { _ = fsync(descriptor) }
        _ = flock(descriptor, LOCK_UN)
    }

    deinit { _ = Self.close(descriptor) }

    private static func make(_ folder: String) throws(EventLogError) {
        var status = stat()
        // The call writes the one structure, which lives until it returns.
        if unsafe stat(folder, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw .folderUnusable(folder: folder, reason: "it is not a folder")
            }
            return
        }
        guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw .folderUnusable(folder: folder, reason: "it cannot be made: \(lastSystemError())")
        }
    }

    private static func text(of descriptor: CInt) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        // The call writes at most as many bytes as the array has.
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private static func close(_ descriptor: CInt) -> CInt {
        #if canImport(Darwin)
            Darwin.close(descriptor)
        #elseif canImport(Musl)
            Musl.close(descriptor)
        #else
            Glibc.close(descriptor)
        #endif
    }
}

/// What the last call of the system complained of.
func lastSystemError() -> String {
    // A text that the C library keeps; it is copied at once.
    unsafe String(cString: strerror(errno))
}

extension String {
    fileprivate var trimmed: String { filter { !$0.isWhitespace } }
}
