// Any bytes as lines: patterns, of which some are taken out again, and an event at last. The index against each pattern
// by itself and against the reference matcher, and the scanner's verdict on the event against the tokenizer's.
import EventPattern
import JSONText
import PatternIndex
import ReferenceMatcher

/// What the reference matcher is asked: it is naive, and a search that takes it longer the others may even give up.
private let referenceSteps = 10_000

/// The entry point that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzChanges(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    guard let event = lines.last else { return 0 }
    let index = PatternIndex()
    var entries: [(id: PatternID, pattern: EventPattern, reference: ReferenceMatcher?)] = []
    for line in lines.dropLast().prefix(12) {
        if let pattern = try? EventPattern(parsing: line) {
            entries.append((index.insert(pattern), pattern, try? ReferenceMatcher(line)))
        } else if let place = line.first, !entries.isEmpty {
            index.remove(entries.remove(at: Int(place) % entries.count).id)
        }
    }
    var ids: [PatternID] = []
    do {
        try index.match(event, into: &ids)
        let reading = try ReferenceEvent(event)
        for (id, pattern, reference) in entries {
            let matches = try pattern.matches(event)
            precondition(matches == ids.contains(id), "the index and a pattern differ")
            let right = reference?.matches(reading, stepsMax: referenceSteps) ?? matches
            precondition(matches == right, "the index and the reference differ")
        }
        precondition(Set(ids).isSubset(of: entries.map(\.id)), "a pattern that is gone matches")
        precondition(ids == ids.sorted(), "the ids are not in order")
    } catch {
        let accepts = (try? JSONValidator.validateEvent(event.span)) != nil
        precondition(!accepts, "the index refuses what the tokenizer accepts")
    }
    var scanner = EventScanner()
    let isEvent = event.withUnsafeBufferPointer { scanner.scanPlaces($0, enforcingLengths: false) }
    let isEventToo = event.withUnsafeBufferPointer { scanner.scanTokens($0, enforcingLengths: false) }
    precondition(isEvent == isEventToo, "the two ways of scanning differ")
    let accepts = (try? JSONValidator.validateEvent(event.span)) != nil
    // Lengths are the tokenizer's business.
    precondition(isEvent == accepts || event.count > 1_000, "the scanner and the tokenizer differ")
    for entry in entries { index.remove(entry.id) }
    precondition(index.statistics.isEmpty, "something is left over")
    return 0
}
