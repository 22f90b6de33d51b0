#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Prints events as they come.
struct EventPrinter: Sendable {
    /// Whether an event is spread over lines for people.
    let isIndented: Bool

    func print(_ events: [[UInt8]]) {
        var lines = OutputLines()
        for event in events { lines.append(text(of: event)) }
        lines.flush()
    }

    private func text(of event: [UInt8]) -> [UInt8] {
        if isIndented { return IndentedJSON.lines(event) }
        return event.contains(UInt8(ascii: "\n")) ? event.map { $0 == UInt8(ascii: "\n") ? 0x20 : $0 } : event
    }
}
