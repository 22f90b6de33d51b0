#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Room that is set aside in the folder of a log, in the file `reserve`, so that a broker can start when the disk is full:
/// just then somebody may want to read what is in the log.
///
/// A start writes little, but not nothing: the lock, and for each database an index of its write-ahead log (32 KiB) and a
/// few pages. When next to no room is left, it takes the place of the reserve.
struct Reserve {
    static let bytes = 1 << 20
    /// A reserve takes at most a part of what is free.
    private static let freeBytesMin = 16 * bytes
    /// What is left free for others at the end.
    private static let restBytes = 64 << 10

    private let folder: String
    private var path: String { folder + "/reserve" }

    init(folder: String) {
        self.folder = folder
    }

    /// Makes room when there is next to none. To be called with the folder locked, before anything is written to it.
    func giveIfNeeded() {
        guard let free = freeBytes, free < Self.bytes else { return }
        _ = unsafe unlink(path)
    }

    /// Sets room aside again as soon as there is plenty.
    func keep() {
        guard !LogFile.exists(path), let free = freeBytes, free >= Self.freeBytesMin else { return }
        write(Self.bytes)
    }

    /// Sets aside what is left, for the next start: to be called at the end, when the databases have given back what only
    /// open ones need.
    func keepRest() {
        guard !LogFile.exists(path), let free = freeBytes, free > 2 * Self.restBytes else { return }
        write(min(Self.bytes, free - Self.restBytes))
    }

    /// What is free for this user; nil where the system does not tell.
    private var freeBytes: Int? {
        var status = statvfs()
        // The call writes the one structure, which lives until it returns.
        guard unsafe statvfs(folder, &status) == 0 else { return nil }
        return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }

    /// Written, since a file that was only made long takes no room on most file systems.
    private func write(_ bytes: Int) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { _ = close(descriptor) }
        let zeros = [UInt8](repeating: 0, count: bytes)
        // The bytes are read during the call.
        let written = unsafe zeros.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        // Somebody else was faster.
        if written < bytes { _ = unsafe unlink(path) }
    }
}
