public import EventPattern
public import JSONText

/// Many patterns, and which of them an event matches.
///
/// Equal patterns share one entry and one id; how often each was inserted is counted. The index belongs to one owner
/// and is not `Sendable`.
///
/// An event is read once, at the paths that any pattern asks for. Each conjunction of a pattern waits at one of its
/// fields: for exact values, if the field has nothing else, or for any value; only patterns that were met there are
/// matched in full.
public final class PatternIndex {
    /// How full an index is.
    public struct Statistics: Hashable, Sendable {
        /// Insertions that have not been given back.
        public let patterns: Int
        /// Different patterns among them.
        public let distinct: Int
    }

    private struct Entry {
        let pattern: EventPattern
        /// The ids of the pattern's paths.
        let pathIDs: [Int]
        var insertions: Int
    }

    private var entries: [Entry?] = []
    private var freeIDs: [UInt32] = []
    private var ids: [EventPattern: PatternID] = [:]
    private var insertions = 0
    private var paths = PathRegistry()
    private var gates = Gates()
    /// Per id, the last event that was matched against it.
    private var lastTried: [UInt64] = []
    private var eventNumber: UInt64 = 0

    /// An index without patterns.
    public init() {}

    /// How full the index is.
    public var statistics: Statistics { Statistics(patterns: insertions, distinct: ids.count) }

    /// Adds a pattern, or counts it once more when an equal one is there.
    ///
    /// - Returns: its id, valid until it has been removed as often as it was inserted.
    public func insert(_ pattern: EventPattern) -> PatternID {
        insertions += 1
        if let id = ids[pattern] {
            entries[Int(id.rawValue)]?.insertions += 1
            return id
        }
        let id = PatternID(rawValue: freeIDs.popLast() ?? UInt32(entries.count))
        let entry = Entry(pattern: pattern, pathIDs: pattern.normalForm.paths.map { paths.retain($0) }, insertions: 1)
        if Int(id.rawValue) == entries.count {
            entries.append(entry)
            lastTried.append(0)
        } else {
            entries[Int(id.rawValue)] = entry
        }
        ids[pattern] = id
        gates.insert(id, pattern.normalForm, pathIDs: entry.pathIDs)
        return id
    }

    /// Inserts `pattern` and removes `id` once.
    ///
    /// - Returns: the id of `pattern`.
    public func replace(_ id: PatternID, with pattern: EventPattern) -> PatternID {
        let new = insert(pattern)
        remove(id)
        return new
    }

    /// Takes back one insertion of the pattern; with the last one it is gone. An unknown id is ignored.
    public func remove(_ id: PatternID) {
        guard let entry = entry(id) else { return }
        insertions -= 1
        if entry.insertions > 1 {
            entries[Int(id.rawValue)]?.insertions -= 1
            return
        }
        gates.remove(id, entry.pattern.normalForm, pathIDs: entry.pathIDs)
        for path in entry.pattern.normalForm.paths { paths.release(path) }
        ids[entry.pattern] = nil
        entries[Int(id.rawValue)] = nil
        freeIDs.append(id.rawValue)
    }

    /// The pattern with this id; nil for none.
    public func pattern(_ id: PatternID) -> EventPattern? { entry(id)?.pattern }

    /// Finds the patterns that an event matches.
    ///
    /// - Parameters:
    ///   - event: JSON text of an object. What follows it is ignored, as EventBridge does.
    ///   - ids: where the ids are appended, ascending, each once.
    /// - Throws: the first fault of the text, wherever it is; then nothing is appended.
    public func match(_ event: Span<UInt8>, into ids: inout [PatternID]) throws(JSONSyntaxError) {
        let values = try EventValues(of: event, paths: paths.table, pathCount: paths.capacity)
        eventNumber += 1
        var matched: [PatternID] = []
        gates.forEachCandidate(values, in: event) { id in
            let index = Int(id.rawValue)
            guard lastTried[index] != eventNumber else { return }
            lastTried[index] = eventNumber
            guard let entry = entries[index] else { return }
            var match = PatternMatch(entry.pattern.normalForm, pathIDs: entry.pathIDs)
            if match.run(values, in: event) { matched.append(id) }
        }
        matched.sort()
        ids.append(contentsOf: matched)
    }

    /// The same for an array of bytes.
    public func match(_ event: [UInt8], into ids: inout [PatternID]) throws(JSONSyntaxError) {
        try match(event.span, into: &ids)
    }

    private func entry(_ id: PatternID) -> Entry? {
        Int(id.rawValue) < entries.count ? entries[Int(id.rawValue)] : nil
    }
}

@available(*, unavailable)
extension PatternIndex: Sendable {}
