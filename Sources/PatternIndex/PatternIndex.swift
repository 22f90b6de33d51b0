public import EventPattern
public import JSONText

/// Many patterns, and which of them an event matches.
///
/// Equal patterns share one entry and one id; how often each was inserted is counted. The index belongs to one owner
/// and is not `Sendable`.
///
/// The cost of matching depends on the event and on what it comes close to matching, not on how many patterns there
/// are. Patterns come and go in microseconds, at any time between two events.
@safe
public final class PatternIndex {
    /// Invariant: initialized here, deinitialized in `deinit`, and used by this class's extensions only. Behind a pointer, so that its
    /// parts are reached without checks of exclusive access.
    let core: UnsafeMutablePointer<IndexCore>

    /// An index without patterns.
    public init() {
        unsafe core = .allocate(capacity: 1)
        unsafe core.initialize(to: IndexCore())
    }

    deinit {
        unsafe core.deinitialize(count: 1)
        unsafe core.deallocate()
    }

    /// Adds a pattern, or counts it once more when an equal one is there.
    ///
    /// - Returns: its id, valid until it has been removed as often as it was inserted.
    /// - Complexity: proportional to the pattern, whatever the index holds.
    public func insert(_ pattern: EventPattern) -> PatternID {
        unsafe PatternID(rawValue: UInt32(core.pointee.insert(pattern)))
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
        if unsafe core.pointee.contains(id.rawValue) { unsafe core.pointee.remove(Int32(id.rawValue)) }
    }

    /// The pattern with this id, as it was inserted first; nil for none.
    ///
    /// - Complexity: the pattern is read anew from its text.
    public func pattern(_ id: PatternID) -> EventPattern? {
        guard unsafe core.pointee.contains(id.rawValue) else { return nil }
        return try? EventPattern(parsing: unsafe core.pointee.text(Int32(id.rawValue)))
    }

    /// Finds the patterns that an event matches.
    ///
    /// - Parameters:
    ///   - event: JSON text of an object. What follows it is ignored, as EventBridge does.
    ///   - ids: where the ids are appended, ascending, each once.
    /// - Throws: the first fault of the text, wherever it is; then nothing is appended.
    public func match(_ event: Span<UInt8>, into ids: inout [PatternID]) throws(JSONSyntaxError) {
        let isEvent = unsafe event.withUnsafeBufferPointer { bytes in
            unsafe core.pointee.match(bytes, enforcingLengths: true)
        }
        if !isEvent { try matchSuspect(event) }
        unsafe core.pointee.appendMatched(to: &ids)
    }

    /// The same for an array of bytes.
    public func match(_ event: [UInt8], into ids: inout [PatternID]) throws(JSONSyntaxError) {
        try match(event.span, into: &ids)
    }

    /// Says what is wrong with an event, or matches it after all if it is only long.
    @inline(never)
    private func matchSuspect(_ event: Span<UInt8>) throws(JSONSyntaxError) {
        try JSONValidator.validateEvent(event)
        let isEvent = unsafe event.withUnsafeBufferPointer { bytes in
            unsafe core.pointee.match(bytes, enforcingLengths: false)
        }
        guard isEvent else {
            throw JSONSyntaxError(message: "Event is too long", line: 1, column: 1, offset: 0)
        }
    }
}

@available(*, unavailable)
extension PatternIndex: Sendable {}
