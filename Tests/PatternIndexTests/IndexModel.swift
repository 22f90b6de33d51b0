import EventPattern
import PatternIndex
import ReferenceMatcher

/// What an index must hold, as a plain list: which pattern has which id, and how often it was inserted. It is told of
/// every change, and says where the index does something else.
struct IndexModel {
    private struct Entry {
        /// The pattern that was inserted first.
        let pattern: EventPattern
        /// What the patterns with this id must match, each as it was last written: mostly one. The index may find that two
        /// patterns mean the same although they are not equal; then they have to.
        var meanings: [(pattern: EventPattern, reference: ReferenceMatcher)]
        var count: Int

        /// Whether an event matches; nil if that depends on which of the patterns is asked.
        func matches(_ event: ReferenceEvent) -> Bool? {
            let first = meanings[0].reference.matches(event)
            return meanings.dropFirst().allSatisfy { $0.reference.matches(event) == first } ? first : nil
        }
    }

    /// By id.
    private var entries: [Entry?] = []
    private var ids: [EventPattern: PatternID] = [:]
    /// The id of each insertion that has not been taken back.
    private var insertions: [PatternID] = []

    /// Insertions that have not been taken back.
    var count: Int { insertions.count }
    /// Ids in use.
    private(set) var distinct = 0

    /// The id of the insertion with this number, below ``count``.
    func id(ofInsertion number: Int) -> PatternID { insertions[number] }

    /// How often the pattern with this id is inserted.
    func insertions(of id: PatternID) -> Int { entry(id)?.count ?? 0 }

    /// The pattern with this id.
    func pattern(_ id: PatternID) -> EventPattern? { entry(id)?.pattern }

    private func entry(_ id: PatternID) -> Entry? {
        Int(id.rawValue) < entries.count ? entries[Int(id.rawValue)] : nil
    }

    /// The ids of the patterns that an event matches, ascending.
    func matches(_ event: ReferenceEvent) throws -> [PatternID] {
        var matches: [PatternID] = []
        for (id, entry) in entries.enumerated() {
            guard let entry else { continue }
            guard let isMatch = entry.matches(event) else {
                throw ModelFault("one id for patterns that differ: \(entry.meanings.map(\.pattern.text))")
            }
            if isMatch { matches.append(PatternID(rawValue: UInt32(id))) }
        }
        return matches
    }

    /// Notes that the index gave `id` for an insertion.
    mutating func insert(_ pattern: EventPattern, _ reference: ReferenceMatcher, as id: PatternID) throws {
        if let known = ids[pattern], known != id {
            throw ModelFault("\(pattern) got id \(id), its equal has \(known)")
        }
        let place = Int(id.rawValue)
        // Ids are given again, so there are never many more than patterns.
        guard place < 1_000_000 else { throw ModelFault("id \(id) for \(distinct) patterns") }
        while entries.count <= place { entries.append(nil) }
        if var entry = entries[place] {
            entry.meanings.removeAll { $0.pattern == pattern }
            entry.meanings.append((pattern, reference))
            entry.count += 1
            entries[place] = entry
        } else {
            entries[place] = Entry(pattern: pattern, meanings: [(pattern, reference)], count: 1)
            distinct += 1
        }
        ids[pattern] = id
        insertions.append(id)
    }

    /// Notes that the insertion with this number was taken back.
    mutating func removeInsertion(_ number: Int) {
        let id = insertions[number]
        insertions.swapAt(number, insertions.count - 1)
        insertions.removeLast()
        guard let entry = entry(id) else { return }
        if entry.count > 1 {
            entries[Int(id.rawValue)]?.count -= 1
        } else {
            for meaning in entry.meanings { ids[meaning.pattern] = nil }
            entries[Int(id.rawValue)] = nil
            distinct -= 1
        }
    }
}

/// Something that the index does and its model does not.
struct ModelFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
