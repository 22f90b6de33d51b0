import EventLog
import Testing

@Suite("Event ids")
struct EventIDTests {
    @Test("An id is a UUID of version 7 with the time in front")
    func layout() {
        let generator = EventIDGenerator { .max }
        #expect(generator.next(at: 0x0123_4567_89ab).description == "01234567-89ab-7000-bfff-ffffffffffff")
        #expect(EventIDGenerator { 0 }.next(at: 1).description == "00000000-0001-7000-8000-000000000000")
    }

    @Test("Ids ascend within a millisecond, past the counter's end, and when the clock goes back")
    func ascending() {
        let generator = EventIDGenerator()
        let times: [Int64] = Array(repeating: 5_000, count: 10_000) + [4_000, 5_001, -1, .min, 5_010, 5_010]
        let ids = times.map { generator.next(at: $0) }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        #expect(Set(ids).count == ids.count)
    }

    @Test("A generator goes on above the id of another one, also when the clock was set back")
    func goingOn() {
        let first = EventIDGenerator { .max }
        var last = first.next(at: 5_000)
        for _ in 0..<100 { last = first.next(at: 5_000) }
        for now in [0, 4_999, 5_000, 5_001, 6_000] as [Int64] {
            let next = EventIDGenerator(after: last, randomBits: { 0 }).next(at: now)
            #expect(next > last, "\(now)")
            #expect(next.time == max(now, 5_001))
        }
    }

    @Test("No clock makes it trap", arguments: [.max, .min, 1 << 48, (1 << 48) - 1] as [Int64])
    func anyClock(milliseconds: Int64) {
        let generator = EventIDGenerator()
        let ids = Set((0..<5_000).map { _ in generator.next(at: milliseconds) })
        #expect(ids.count == 5_000)
    }

    @Test("Ids made by many tasks at once never repeat")
    func concurrent() async {
        let generator = EventIDGenerator()
        let ids = await withTaskGroup(of: [EventID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<1_000).map { _ in generator.next(at: 7) } } }
            return await group.reduce(into: Set<EventID>()) { $0.formUnion($1) }
        }
        #expect(ids.count == 8_000)
    }

    @Test("The text form is read back, in either case")
    func text() {
        let id = EventIDGenerator().next(at: 1_795_000_000_000)
        #expect(EventID(id.description) == id)
        #expect(EventID(id.description.uppercased()) == id)
    }

    @Test(
        "What is not a UUID is refused",
        arguments: [
            "", "1", "01234567-89ab-7000-bfff-fffffffffff", "01234567-89ab-7000-bfff-fffffffffffff",
            "0123456789ab-7000-bfff-ffffffffffff00", "01234567-89ab-7000-bfff-fffffffffffg",
            "01234567x89ab-7000-bfff-ffffffffffff", "01234567-89ab-7000-bfff-ffffffffff\u{e9}",
        ])
    func notAnID(text: String) {
        #expect(EventID(text) == nil)
    }
}
