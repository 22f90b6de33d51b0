import NIOCore
import WebSocketFraming

/// What waits for one client, first in, first out, bounded in bytes. It exists only while something waits.
///
/// Each run of frames counts with what it takes beside its bytes, so many small ones do not outgrow the bound. A run
/// that many connections share is counted by each of them in full, so the bound holds whatever is shared.
///
/// Events may be dropped from its old end to make room for new ones. What stands in their place is a gap: it goes out
/// as one notice, behind everything that stood before the last dropped event and may not be dropped (answers, and events
/// of a replay), and before every other event that is left.
final class OutboundQueue {
    /// What stood before the last dropped event and may not be dropped.
    private var beforeGap = CircularBuffer<FrameRun>(initialCapacity: 0)
    /// How many events were dropped and are not told of yet.
    private(set) var gap = 0
    private var runs = CircularBuffer<FrameRun>(initialCapacity: 0)

    private(set) var bytes = 0
    private let bytesMax: Int
    private let framing: Framing

    /// What a waiting run takes in memory beside its bytes.
    private static let runOverhead = 96

    /// - Parameter framing: the form of the gap notice.
    init(bytesMax: Int, framing: Framing) {
        self.bytesMax = bytesMax
        self.framing = framing
    }

    var isEmpty: Bool { runs.isEmpty && gap == 0 && beforeGap.isEmpty }

    private static func size(_ run: FrameRun) -> Int { run.bytes.readableBytes + runOverhead }

    private func hasRoom(for run: FrameRun) -> Bool { Self.size(run) <= bytesMax - bytes }

    /// - Returns: whether there was room.
    func append(_ run: FrameRun) -> Bool {
        guard hasRoom(for: run) else { return false }
        runs.append(run)
        bytes += Self.size(run)
        return true
    }

    /// Drops the oldest events until there is room for `run`, and appends it. An event that finds no room even so is
    /// dropped itself.
    ///
    /// - Returns: what was dropped, and whether `run` was taken or dropped: `false` when it is no event, and all that
    ///   waits are no events either.
    func appendDroppingOldest(_ run: FrameRun) -> (dropped: Dropped, isTaken: Bool) {
        var dropped = Dropped()
        while !hasRoom(for: run), let oldest = runs.popFirst() {
            if oldest.isDroppable {
                bytes -= Self.size(oldest)
                dropped.add(oldest)
            } else {
                beforeGap.append(oldest)
            }
        }
        let isAppended = append(run)
        if !isAppended && run.isDroppable { dropped.add(run) }
        gap += dropped.messages
        return (dropped, isAppended || run.isDroppable)
    }

    /// The next run to send; a notice where events are missing.
    func popFirst() -> FrameRun? {
        let run: FrameRun
        if let answer = beforeGap.popFirst() {
            run = answer
        } else if gap > 0 {
            defer { gap = 0 }
            return .message(GapNotice.frame(dropped: gap, framing))
        } else if let next = runs.popFirst() {
            run = next
        } else {
            return nil
        }
        bytes -= Self.size(run)
        return run
    }

    /// Empties the queue.
    ///
    /// - Returns: what was in it. Events that are told of by a gap were dropped before.
    func removeAll() -> Dropped {
        var dropped = Dropped()
        for run in beforeGap { dropped.add(run) }
        for run in runs { dropped.add(run) }
        beforeGap.removeAll()
        runs.removeAll()
        (gap, bytes) = (0, 0)
        return dropped
    }

    /// Messages that will not be sent.
    struct Dropped: Equatable {
        var messages = 0
        var bytes = 0

        mutating func add(_ run: FrameRun) {
            messages += run.messages
            bytes += run.bytes.readableBytes
        }
    }
}

@available(*, unavailable)
extension OutboundQueue: Sendable {}

/// Tells a client that events are missing before the next one: they were dropped because it did not keep up, or had left
/// the log before it came to them.
enum GapNotice {
    /// - Parameter dropped: how many; nil when nobody knows.
    static func frame(dropped: Int?, _ framing: Framing) -> ByteBuffer {
        let count = dropped.map { #","dropped":\#($0)"# } ?? ""
        let text = Array(#"{"action":"gap"\#(count)}"#.utf8)
        if let stream = framing.stream { return EventStreamText.message(text, isNotice: true, stream) }
        // So short a text is not worth compressing.
        return FrameEncoder.frame(.text, text)
    }
}
