#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Prints events as they come.
struct EventPrinter: Sendable {
    /// Whether an event is spread over lines for people.
    let isIndented: Bool

    func print(_ event: [UInt8]) {
        var lines = OutputLines()
        lines.emit(isIndented ? IndentedJSON.lines(event) : event.map { $0 == UInt8(ascii: "\n") ? 0x20 : $0 })
    }
}
