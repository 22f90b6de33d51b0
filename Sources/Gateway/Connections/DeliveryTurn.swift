import Broker
import EventLog
import NIOCore
import PatternIndex

/// The events that came to one event loop and are not yet with its connections: what one turn of the loop delivers.
///
/// Delivery goes connection by connection, not event by event: who gets sixty-four events is touched once. For that the
/// events are sorted by pattern, and those who hold a pattern share its run of frames, which is put together once.
/// All memory is kept from turn to turn.
struct DeliveryTurn {
    /// The events of this turn that match one pattern, as a list through ``links``.
    struct Run {
        let pattern: PatternID
        fileprivate var first: Int32
        fileprivate var last: Int32
        fileprivate(set) var count = 1
    }

    private struct Link {
        let batch: Int32
        let event: Int32
        var next: Int32 = -1
    }

    private var batches: ContiguousArray<EncodedBatch> = []
    private var links: ContiguousArray<Link> = []
    private(set) var runs: ContiguousArray<Run> = []
    /// The bytes of the events, as the bus counts them.
    private(set) var bytes = 0

    /// Frames are put together up to so many bytes: what a channel takes before it says that it is full. A longer frame
    /// gains nothing from it.
    static let pieceBytesMax = 64 * 1024
    private static let copiedFrameBytesMax = 16 * 1024

    var isEmpty: Bool { batches.isEmpty }

    mutating func append(_ batch: EncodedBatch) {
        batches.append(batch)
        bytes += batch.bytes
    }

    mutating func removeAll() {
        batches.removeAll(keepingCapacity: true)
        links.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
        bytes = 0
    }

    /// Sorts the events into runs, one for each pattern that somebody holds.
    mutating func sort(for holders: inout PatternHolders) {
        for batch in batches.indices {
            let matches = batches[batch].matches
            for event in 0..<matches.count {
                let link = Link(batch: Int32(truncatingIfNeeded: batch), event: Int32(truncatingIfNeeded: event))
                for pattern in matches[event] where holders.isHeld(pattern) { append(link, to: pattern, &holders) }
            }
        }
        for run in runs { holders[runOf: run.pattern] = -1 }
    }

    private mutating func append(_ link: Link, to pattern: PatternID, _ holders: inout PatternHolders) {
        let last = Int32(truncatingIfNeeded: links.count)
        links.append(link)
        let run = Int(holders[runOf: pattern])
        if run >= 0 {
            links[Int(runs[run].last)].next = last
            runs[run].last = last
            runs[run].count += 1
        } else {
            holders[runOf: pattern] = Int32(truncatingIfNeeded: runs.count)
            runs.append(Run(pattern: pattern, first: last, last: last))
        }
    }

    /// Whether two runs are of the same events: neighbours in the table often are, and then share their frames.
    func isSame(_ a: Run, _ b: Run) -> Bool {
        guard a.count == b.count else { return false }
        var (one, other) = (a.first, b.first)
        while one >= 0 {
            let (a, b) = (links[Int(one)], links[Int(other)])
            guard a.event == b.event, a.batch == b.batch else { return false }
            (one, other) = (a.next, b.next)
        }
        return true
    }

    /// The frame in the plain form of a run of one event; nil for a run of several, and for an event that is too large.
    func onlyFrame(of run: Run) -> FrameRun? {
        guard run.count == 1, let frame = withEvent(run.first, { $0.frame }) else { return nil }
        return FrameRun(frame, messages: 1, isDroppable: true)
    }

    /// The place in the log of the last event of a run.
    func place(of run: Run) -> SequenceNumber { withEvent(run.last) { $0.sequence } }

    /// Puts the frames of a run together in one form, in place of what `pieces` held.
    func assemble(
        _ run: Run, _ framing: Framing, _ encoder: EventEncoder, into pieces: inout ContiguousArray<FrameRun>
    ) {
        pieces.removeAll(keepingCapacity: true)
        var start = run.first
        while start >= 0 {
            // How many frames make the next piece.
            var (end, bytes, messages) = (start, 0, 0)
            while end >= 0 {
                let size = frame(end, framing, encoder)?.readableBytes ?? 0
                let isLong = size > Self.copiedFrameBytesMax
                if messages > 0 && (isLong || bytes + size > Self.pieceBytesMax) { break }
                if size > 0 {
                    bytes += size
                    messages += 1
                }
                end = links[Int(end)].next
                if isLong { break }
            }
            if let piece = piece(from: start, to: end, bytes, messages, { frame($0, framing, encoder) }) {
                pieces.append(FrameRun(piece, messages: messages, isDroppable: true))
            }
            start = end
        }
    }

    /// The frames of the links from `start` to before `end`: the frame itself where it is only one.
    private func piece(
        from start: Int32, to end: Int32, _ bytes: Int, _ messages: Int, _ frame: (Int32) -> ByteBuffer?
    ) -> ByteBuffer? {
        var whole: ByteBuffer?
        var link = start
        while link != end {
            if let frame = frame(link) {
                if messages == 1 { return frame }
                if whole == nil { whole = ByteBufferAllocator().buffer(capacity: bytes) }
                whole?.writeImmutableBuffer(frame)
            }
            link = links[Int(link)].next
        }
        return whole
    }

    private func frame(_ link: Int32, _ framing: Framing, _ encoder: EventEncoder) -> ByteBuffer? {
        withEvent(link) { $0.frame(framing, encoder) }
    }

    /// The event of a link, read in place.
    private func withEvent<Value>(_ link: Int32, _ body: (borrowing EncodedDelivery) -> Value) -> Value {
        let link = links[Int(link)]
        return body(batches[Int(link.batch)].events[Int(link.event)])
    }
}

@available(*, unavailable)
extension DeliveryTurn: Sendable {}
