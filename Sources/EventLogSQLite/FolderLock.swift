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
/// process that has the folder and that of the system's run, and is taken away at a proper end: text that nobody's lock
/// protects tells of an end that was none.
final class FolderLock: Sendable {
    /// How the last process that had the folder ended.
    enum PreviousEnd {
        /// With `release(clean: true)`, or there was none.
        case clean
        /// By itself, on a system that has run ever since: what it had written is there.
        case killed
        /// Perhaps with the system: what had not reached the disk is gone, and the rest may be in pieces.
        case unknown
    }

    let previousEnd: PreviousEnd
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
            let holder = Self.lines(of: descriptor).first ?? ""
            _ = Self.close(descriptor)
            throw isTaken
                ? .folderInUse(folder: folder, processID: Int(holder))
                : .folderUnusable(folder: folder, reason: reason)
        }
        self.descriptor = descriptor
        Reserve(folder: folder).giveIfNeeded()
        let systemRun = Self.systemRun()
        let before = Self.lines(of: descriptor)
        if before.isEmpty {
            previousEnd = .clean
        } else {
            previousEnd = systemRun != nil && before.count == 2 && before[1] == systemRun ? .killed : .unknown
        }
        guard Self.write("\(getpid())\n\(systemRun ?? "")\n", to: descriptor), fsync(descriptor) == 0 else {
            let reason = "the file 'lock' in it: \(lastSystemError())"
            _ = Self.close(descriptor)
            throw .folderUnusable(folder: folder, reason: reason)
        }
    }

    /// Has the next one look closely, also when this process is killed.
    func tellDamage() {
        // Text without a run of the system says so.
        _ = Self.write("\(getpid())\n", to: descriptor)
    }

    /// Gives the folder back.
    ///
    /// - Parameter clean: whether everything in it is in order; otherwise the next one is told.
    func release(clean: Bool) {
        if clean { _ = Self.write("", to: descriptor) } else { tellDamage() }
        _ = fsync(descriptor)
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

    /// What tells one run of the system from another; nil where nothing does.
    private static func systemRun() -> String? {
        let descriptor = unsafe open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        return lines(of: descriptor).first
    }

    /// Replaces the text of a file.
    private static func write(_ text: String, to descriptor: CInt) -> Bool {
        let text = Array(text.utf8)
        // The bytes are read during the call.
        return unsafe text.withUnsafeBytes { bytes in
            unsafe ftruncate(descriptor, 0) == 0
                && (bytes.isEmpty || pwrite(descriptor, bytes.baseAddress, bytes.count, 0) == bytes.count)
        }
    }

    private static func lines(of descriptor: CInt) -> [String] {
        var bytes = [UInt8](repeating: 0, count: 128)
        // The call writes at most as many bytes as the array has.
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(whereSeparator: \.isWhitespace)
            .map(String.init)
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
