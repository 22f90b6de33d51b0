import CAllocator

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How much memory the process has.
enum Memory {
    /// Bytes of the process that are in memory; 0 where the system does not tell.
    static func residentBytes() -> Int {
        guard let pages = Measure.bytes(of: "/proc/self/statm")?.split(separator: UInt8(ascii: " ")).dropFirst().first,
            let count = Int(String(decoding: pages, as: UTF8.self))
        else { return 0 }
        return count * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Bytes that are in use, whoever asked for them; nil where the allocator does not tell.
    ///
    /// - What `malloc` has given out and not got back, with the bytes it adds to each block (glibc's `uordblks`), and the
    ///   blocks that it maps one by one (`hblkhd`).
    /// - The large slabs of an index, which `malloc` does not know: each is a range of 4 GiB of addresses that the index
    ///   maps itself. What counts of those is pages that have been written, as the kernel tells (`Rss`): that is what
    ///   they take from other programs. A page that was in use once stays counted.
    static func allocatedBytes() -> Int? {
        let given = lambdaless_allocated_bytes()
        guard given >= 0, let mapped = reservedRangesInMemory() else { return nil }
        return Int(given) + mapped
    }

    /// Bytes in memory of mappings so wide that no allocation of `malloc` makes them.
    private static func reservedRangesInMemory() -> Int? {
        let leastBytes = 1 << 32
        guard let text = Measure.bytes(of: "/proc/self/smaps") else { return nil }
        var sum = 0
        var isWide = false
        for line in text.split(separator: UInt8(ascii: "\n")) {
            // `ADDRESS-ADDRESS flags …` begins a mapping, `Name:  N kB` says something about it.
            let words = line.split(separator: UInt8(ascii: " ")).prefix(2).map { String(decoding: $0, as: UTF8.self) }
            guard let first = words.first else { continue }
            if first == "Size:" {
                isWide = words.last.flatMap(Int.init).map { $0 * 1_024 >= leastBytes } ?? false
            } else if first == "Rss:", isWide {
                sum += words.last.flatMap(Int.init).map { $0 * 1_024 } ?? 0
            }
        }
        return sum
    }
}
