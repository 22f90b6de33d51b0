import Testing

@testable import EventLog

@Suite("The window of events in memory")
struct EventWindowTests {
    private func event(_ n: Int, bytes: Int) -> Event {
        Event(
            id: EventID(high: UInt64(n), low: 1), time: Int64(n),
            envelope: Array("\(n) ".utf8) + [UInt8](repeating: UInt8(truncatingIfNeeded: n), count: bytes),
            deduplicationID: n.isMultiple(of: 3) ? "name \(n)" : nil)
    }

    /// Sizes of envelopes: small ones, such that a page of a megabyte ends among them, and longer ones than a page.
    @Test(
        "What comes goes in order, and is read as it came",
        arguments: [1...600, 1_000...400_000, 500_000...1_100_000])
    func order(sizes: ClosedRange<Int>) throws {
        var random = SystemRandomNumberGenerator()
        var window = EventWindow(first: SequenceNumber(rawValue: 1))
        var model: [Event] = []
        var removed = 0
        let heldMax = 8_000_000 / sizes.upperBound
        for n in 1...max(100, min(6_000, 20_000_000 / sizes.upperBound)) {
            let event = event(n, bytes: Int.random(in: sizes, using: &random))
            window.append(event)
            model.append(event)
            // At times nearly everything goes, and now and then everything.
            let keeps = Int.random(in: 0..<200, using: &random) == 0 ? Int.random(in: 0...3, using: &random) : heldMax
            while model.count > keeps {
                window.removeOldest()
                model.removeFirst()
                removed += 1
            }
            #expect(window.first.rawValue == UInt64(removed + 1))
            #expect(window.head.rawValue == UInt64(removed + model.count))
            #expect(window.oldestID == model.first?.id)
            #expect(window.newestID == model.last?.id)
            guard n.isMultiple(of: 97) || model.count < 4 else { continue }
            #expect(window.bytes == model.reduce(0) { $0 + $1.envelope.count })
            #expect(window.count == model.count)
            let start = Int.random(in: 0...model.count, using: &random)
            let after = SequenceNumber(rawValue: UInt64(removed + start))
            let read = window.events(after: after, maxEvents: 500, maxBytes: .max)
            #expect(read.map(\.event) == Array(model[start...].prefix(500)))
            #expect(read.first.map { $0.sequence.rawValue == after.rawValue + 1 } ?? true)
        }
    }

    @Test("A page is used again when what was in it is gone, and the memory of long envelopes is not kept")
    func pages() {
        var pages = EnvelopePages()
        var places: [EnvelopePages.Place] = []
        for n in 0..<25 {
            let envelope = [UInt8](repeating: UInt8(n), count: n.isMultiple(of: 10) ? 3_000_000 : 400_000)
            places.append(pages.append(envelope))
            #expect(pages[places[n]] == envelope)
            if n >= 3 { pages.removeAll(before: places[n - 2]) }
            for earlier in max(0, n - 2)...n { #expect(pages[places[earlier]].first == UInt8(earlier)) }
        }
        pages.removeAll(before: nil)
        let spare = pages.spare?.capacity ?? 0
        #expect(spare > 0 && spare < 2 << 20)
    }
}
