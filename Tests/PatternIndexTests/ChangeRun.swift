import EventPattern
import JSONText
import PatternIndex
import ReferenceMatcher

/// Random changes to one index, and events that it matches in between, each held against a model.
///
/// The number of patterns wanders: it goes up or down to a size, then to another one, and every few sizes to none, so
/// that tables grow, lists get long, and what is left of patterns that are gone would show.
struct ChangeRun {
    private let index = PatternIndex()
    private var model = IndexModel()
    private var pool = PatternPool()
    private var generator: ChangeGenerator
    /// The number of insertions that the index is on its way to.
    private var size = 60
    private var ids: [PatternID] = []
    private(set) var steps = 0
    /// How often an event matched a pattern. Without any, the run says nothing.
    private(set) var matches = 0
    /// How often the index was emptied, and looked at.
    private(set) var emptyings = 0

    init(seed: UInt64) { generator = ChangeGenerator(seed: seed) }

    /// One change or one event.
    mutating func step() throws {
        steps += 1
        while model.count == size { try chooseSize() }
        let isGrowing = model.count < size
        switch generator.number(20) {
        case 0..<10: try match()
        case 10, 11: if model.count > 0 { try replace() }
        case 12: if isGrowing, model.count > 0 { try remove() } else { try insert() }
        default: if isGrowing { try insert() } else { try remove() }
        }
        if steps % 256 == 0 { try checkCounts() }
    }

    /// Takes out all that is left.
    mutating func finish() throws {
        try checkCounts()
        while model.count > 0 { try remove() }
        try checkEmpty()
    }

    // MARK: Steps

    private mutating func insert() throws {
        let (pattern, reference) = try pool.draw(&generator)
        try model.insert(pattern, reference, as: index.insert(pattern))
    }

    private mutating func replace() throws {
        let number = generator.number(model.count)
        let old = model.id(ofInsertion: number)
        let (pattern, reference) = try pool.draw(&generator)
        let new = index.replace(old, with: pattern)
        // The new one is in before the old one is out: equal patterns keep their id.
        try model.insert(pattern, reference, as: new)
        model.removeInsertion(number)
        try checkPresence(of: old)
    }

    private mutating func remove() throws {
        let number = generator.number(model.count)
        let id = model.id(ofInsertion: number)
        index.remove(id)
        model.removeInsertion(number)
        try checkPresence(of: id)
        // An id that is not in use is ignored.
        if model.insertions(of: id) == 0, generator.number(8) == 0 { index.remove(id) }
    }

    private mutating func match() throws {
        var event = Array(generator.event().utf8)
        if generator.number(16) == 0 { damage(&event) }
        let isEvent = (try? JSONValidator.validateEvent(event.span)) != nil
        ids.removeAll(keepingCapacity: true)
        do throws(JSONSyntaxError) {
            try index.match(event.span, into: &ids)
        } catch {
            guard !isEvent else { throw fault("refused: \(error)", event) }
            guard ids.isEmpty else { throw fault("refused, but matched \(ids)", event) }
            return
        }
        guard isEvent else { throw fault("no JSON, but read", event) }
        let right = try model.matches(ReferenceEvent(event))
        matches += right.count
        guard ids == right else {
            let wrong = Set(ids).symmetricDifference(right).sorted().map { id in
                "\(id) \(right.contains(id) ? "missing" : "too many"): \(model.pattern(id)?.text ?? "nothing")"
            }
            throw fault("\(ids) instead of \(right): \(wrong)", event)
        }
    }

    // MARK: Checks

    private mutating func chooseSize() throws {
        if size == 0 { try checkEmpty() }
        switch generator.number(4) {
        case 0: size = 0
        case 1: size = 1 + generator.number(10)
        case 2: size = 1 + generator.number(60)
        default: size = 1 + generator.number(300)
        }
    }

    private mutating func checkEmpty() throws {
        guard index.statistics.isEmpty else { throw ModelFault("left over: \(index.statistics)") }
        emptyings += 1
    }

    private func checkCounts() throws {
        let statistics = index.statistics
        guard statistics.patterns == model.count, statistics.distinct == model.distinct else {
            throw ModelFault("\(statistics) for \(model.count) insertions of \(model.distinct) patterns")
        }
    }

    /// A pattern is there as long as it has been inserted more often than removed. To look at one that is there it has
    /// to be read anew, so that is done less often.
    private mutating func checkPresence(of id: PatternID) throws {
        if model.insertions(of: id) > 0, generator.number(16) > 0 { return }
        let (found, right) = (index.pattern(id), model.pattern(id))
        guard found == right else {
            throw ModelFault("id \(id) is \(found?.text ?? "gone"), not \(right?.text ?? "gone")")
        }
    }

    private func fault(_ what: String, _ event: [UInt8]) -> ModelFault {
        ModelFault("\(what) on \(String(decoding: event, as: UTF8.self))")
    }

    /// What is done to a text that a client sends half, or wrong.
    private mutating func damage(_ text: inout [UInt8]) {
        let place = generator.number(text.count)
        switch generator.number(4) {
        case 0: text.removeSubrange(place...)
        case 1: text.remove(at: place)
        case 2: text.insert(UInt8(generator.number(256)), at: place)
        default: text[place] = Array(#"{}[]",:\u0e-. "#.utf8)[generator.number(14)]
        }
    }
}
