internal import Broker
internal import JSONText
internal import NIOPosix

/// Whether texts are JSON objects that can be details: the scanner of events says so in a third of the time that the
/// validator takes, and what it doubts the validator decides.
struct DetailCheck: Sendable {
    /// The scanner of one thread.
    ///
    /// Invariant: only ``scanners`` holds it, which gives it to the thread that put it there and to no other.
    private final class Scanner: @unchecked Sendable {
        var scanner = EventScanner()
    }

    private let scanners = ThreadSpecificVariable<Scanner>()

    func isDetail(_ text: Span<UInt8>) -> Bool {
        if scanner.scanner.isSurelyObject(text, depthMax: Envelope.detailDepthMax) { return true }
        return (try? JSONValidator.validate(text, depthMax: Envelope.detailDepthMax)) == .object
    }

    private var scanner: Scanner {
        if let scanner = scanners.currentValue { return scanner }
        let scanner = Scanner()
        scanners.currentValue = scanner
        return scanner
    }
}
