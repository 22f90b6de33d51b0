import Access
import Client
import Testing

@Suite("Following a broker's events")
struct EventStreamTests {
    private static func id(_ n: Int) -> String {
        "01a2173b-b4a1-7000-a98b-" + String(repeating: "0", count: 11) + "\(n)"
    }

    private static func message(_ text: String) -> BrokerMessage { BrokerMessage(Array(text.utf8)) }

    private static func notice(_ members: String) throws -> PatternNotice {
        guard case .pattern(let notice) = message(#"{"action":"pattern",\#(members)}"#) else {
            throw ClientError(.badAnswer, members)
        }
        return notice
    }

    // MARK: Messages

    @Test(
        "What a broker says is told apart",
        arguments: [
            (#"{"version":"0","id":"a","detail-type":"t","source":"s","detail":{"n":1e999}}"#, .event(id: "a")),
            (#"{"id":"a\u0062","detail-type":"t","source":"s","action":"gap"}"#, .event(id: "ab")),
            (#"{"id":1,"detail-type":"t","source":"s"}"#, .other), (#"{"detail-type":"t","source":"s"}"#, .other),
            (#"{"action":"gap","dropped":7}"#, .dropped(events: 7)),
            (#"{"message": "Forbidden", "connectionId":"c", "requestId":"r"}"#, .error("Forbidden")),
            (#"{"message":"from somebody"}"#, .other), (#"{"connectionId":"c"}"#, .connectionID("c")),
            (#"{"action":"pattern","status":"unheard of"}"#, .other), ("hello", .other), ("", .other), ("[]", .other),
        ] as [(String, BrokerMessage)])
    func messages(_ text: String, _ expected: BrokerMessage) {
        #expect(Self.message(text) == expected)
    }

    @Test("News of a pattern are read")
    func notices() throws {
        let stored = try Self.notice(
            #""status":"stored","connectionId":"c","requestId":"r","sequence":5,"after":"x","gap":true,"oldest":"o""#)
        #expect(stored.status == .stored && stored.connectionID == "c" && stored.sequence == 5)
        #expect(stored.after == "x" && stored.hasGap && stored.oldest == "o")
        let ended = try Self.notice(#""status":"ended","events":3"#)
        #expect(ended.status == .ended && ended.after == nil && !ended.hasGap)
    }

    // MARK: Places

    @Test("Before anything has come, the next attempt asks for what the first one did")
    func beginning() throws {
        #expect(StreamPlace(nil).next == nil)
        var since = StreamPlace(.since("2026-11-21T01:02:03Z"))
        #expect(since.next == .since("2026-11-21T01:02:03Z"))
        since.take(try Self.notice(#""status":"stored","sequence":7,"gap":false"#))
        #expect(since.next == .since("2026-11-21T01:02:03Z") && !since.isLive)
    }

    @Test("The next attempt begins behind the last event, or behind newer news of the pattern")
    func places() throws {
        var place = StreamPlace(nil)
        place.take(try Self.notice(#""status":"stored","sequence":7,"after":"\#(Self.id(1))""#))
        #expect(place.next == .after(Self.id(1)) && place.isLive)
        _ = place.take(event: Self.id(2))
        #expect(place.next == .after(Self.id(2)))
        place.take(try Self.notice(#""status":"stored","sequence":8,"after":"\#(Self.id(2))","gap":false"#))
        place.take(try Self.notice(#""status":"live","sequence":9,"after":"\#(Self.id(3))""#))
        #expect(place.next == .after(Self.id(3)) && place.events == 1 && place.gaps == 0)
    }

    @Test("An old event that somebody sends to the connection is given, and moves no place")
    func sentByOthers() throws {
        let (old, near, place) = (
            "01a2173b-a000-7000-a98b-000000000001", "01a2173b-b400-7000-a98b-000000000002", Self.id(3)
        )
        var stream = StreamPlace(.after(place))
        let taken = [Self.id(4), old, old].map { stream.take(event: $0) }
        #expect(taken == [true, true, false])
        #expect(stream.next == .after(Self.id(4)))
        // Of publishers at the same time the later id may come first.
        _ = stream.take(event: near)
        #expect(stream.next == .after(near))
    }

    @Test("Where the log was empty, everything in it has come since")
    func emptyLog() throws {
        var place = StreamPlace(nil)
        place.take(try Self.notice(#""status":"stored","sequence":0"#))
        #expect(place.next == .horizon && place.isLive)
        // A broker that has lost its log: what the client had seen is not there any more.
        _ = place.take(event: Self.id(1))
        place.take(try Self.notice(#""status":"stored","sequence":0,"gap":true"#))
        #expect(place.next == .horizon && place.gaps == 1)
    }

    @Test("A gap is counted, and the place kept until there is a new one")
    func gaps() throws {
        var place = StreamPlace(.after(Self.id(1)))
        place.take(try Self.notice(#""status":"stored","sequence":8,"gap":true,"oldest":"\#(Self.id(5))""#))
        place.dropped()
        #expect(place.gaps == 2 && place.next == .after(Self.id(1)))
    }

    @Test("No event is taken twice, also when thousands came between")
    func repetitions() {
        var place = StreamPlace(.horizon)
        func id(_ n: Int) -> String {
            let digits = String(n, radix: 16)
            return "01a2173b-b4a1-7000-a98b-" + String(repeating: "0", count: 12 - digits.count) + digits
        }
        let isNew = (0..<70_000).map { place.take(event: id($0)) }
        #expect(!isNew.contains(false))
        let again = [69_999, 5_000].map { place.take(event: id($0)) }
        #expect(again == [false, false])
        #expect(place.events == 70_000 && place.next == .after(id(69_999)))
        // What is no id of a broker cannot be recognised again; it is not lost either.
        let unknown = ["x", "x"].map { place.take(event: $0) }
        #expect(unknown == [true, true])
    }

    // MARK: Requests

    @Test(
        "What is wanted of the past is said in the broker's words",
        arguments: [
            (PastRange(), ""), (PastRange(nil, until: "u", limit: 1, speed: "2x"), ""),
            (PastRange(.after("a"), limit: 5), "?after=a&limit=5"),
            (PastRange(.since("2026-11-21T01:02:03+01:00")), "?since=2026-11-21T01%3A02%3A03%2B01%3A00"),
            (PastRange(.horizon, until: "t", limit: 2, speed: "2x"), "?from=horizon&until=t&limit=2&speed=2x"),
        ])
    func ranges(_ range: PastRange, _ query: String) {
        #expect(PercentEncoding.query(range.members) == query)
    }

    @Test("Percent-encoding covers everything that is not unreserved")
    func encoding() {
        #expect(PercentEncoding.encode(#"{"ä":[1]}~._-"#) == "%7B%22%C3%A4%22%3A%5B1%5D%7D~._-")
    }

    // MARK: Batches

    private static func batches(_ lines: [String], linesMax: Int = 2, bytesMax: Int = 100) -> [LineBatch] {
        var batcher = LineBatcher(linesMax: linesMax, bytesMax: bytesMax)
        var batches = lines.compactMap { batcher.add(Array($0.utf8)) }
        if let last = batcher.finish() { batches.append(last) }
        return batches
    }

    @Test("Lines are put together by number and by bytes; empty ones only count")
    func batches() {
        let batches = Self.batches(["a", "", " \r", "b", "c"])
        #expect(batches.map(\.numbers) == [[1, 4], [5]])
        #expect(batches.map { String(decoding: $0.body, as: UTF8.self) } == ["a\nb\n", "c\n"])
        #expect(Self.batches(["abc", "abc", "abc"], linesMax: 9, bytesMax: 7).map(\.numbers) == [[1, 2], [3]])
        #expect(Self.batches(["", " "]).isEmpty)
    }

    @Test("A batch has the same key each time, and no other batch has it, whatever its lines")
    func keys() {
        let keys = Self.batches(["a", "a", "a", "a"]).map(\.key)
        #expect(keys == Self.batches(["a", "a", "a", "a"]).map(\.key))
        #expect(Set(keys).count == 2 && keys.allSatisfy { $0.count == 32 })
        #expect(Self.batches(["a", "b"])[0].key != keys[0])
    }
}
