import Broker
import EventLog
import JSONText
import Testing

@Suite("Envelopes and times")
struct EnvelopeTests {
    private let envelope = Envelope(account: "123456789012", region: "eu-west-1")
    private let id = EventID("01234567-89ab-7cde-8f01-23456789abcd")!

    private func text(_ draft: EventDraft, time: Int64 = 1_657_720_081_999) -> String {
        var draft = draft
        let event = draft.event(id: id, now: time, nowText: RFC3339.wholeSeconds(time))
        return String(decoding: event.envelope, as: UTF8.self)
    }

    @Test("Members come in EventBridge's order, and the detail keeps its spelling")
    func order() throws {
        let detail = " \n{ \"n\" : 1.0e+2, \"big\":123456789012345678901234567890, \"n\":0.10 }\t"
        let draft = EventDraft(
            source: "a \"b\"", detailType: "té\n", detail: Array(detail.utf8), resources: ["arn:1", "\\"],
            in: envelope)
        #expect(
            text(draft) == #"{"version":"0","id":"01234567-89ab-7cde-8f01-23456789abcd","detail-type":"té\n","#
                + #""source":"a \"b\"","account":"123456789012","time":"2022-07-13T13:48:01Z","region":"eu-west-1","#
                + #""resources":["arn:1","\\"],"#
                + #""detail":{ "n" : 1.0e+2, "big":123456789012345678901234567890, "n":0.10 }}"#)
        #expect(try JSONValidator.validate(Array(text(draft).utf8)) == .object)
    }

    @Test("An event may come from another account and region, and a CloudEvent keeps the rest of what it said")
    func more() {
        let draft = EventDraft(
            source: "s", detailType: "d", detail: Array("{}".utf8), account: "1", region: "r",
            cloudEvent: Array(#"{"id":"7"}"#.utf8), in: envelope)
        #expect(
            text(draft, time: 0) == #"{"version":"0","id":"01234567-89ab-7cde-8f01-23456789abcd","detail-type":"d","#
                + #""source":"s","account":"1","time":"1970-01-01T00:00:00Z","region":"r","resources":[],"#
                + #""detail":{},"cloudevents":{"id":"7"}}"#)
    }

    @Test("A bus gives an event its id and, when it has none, its time")
    func published() async throws {
        let test = BusUnderTest(clock: WallClock { 1_657_720_081_000 })
        try await test.running {
            let ids = try await test.publish("a")
            let timed = EventDraft(source: "a", detailType: "t", detail: Array("{}".utf8), time: 999)
            _ = await test.bus.publish([timed])
            let events = try await test.log.read(after: .zero, maxEvents: 9, maxBytes: .max).events.map(\.event)
            #expect(events[0].id == ids[0])
            #expect(events.map(\.time) == [1_657_720_081_000, 999])
            #expect(String(decoding: events[0].envelope, as: UTF8.self).contains(#""time":"2022-07-13T13:48:01Z""#))
            #expect(String(decoding: events[0].envelope, as: UTF8.self).contains(#""id":"\#(ids[0])""#))
        }
    }

    @Test(
        "Times are read",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2022-07-13T13:48:01Z", 1_657_720_081_000),
            ("2022-07-13t13:48:01.5z", 1_657_720_081_500), ("2022-07-13 13:48:01.0019999", 1_657_720_081_001),
            ("2022-07-13T15:48:01+02:00", 1_657_720_081_000), ("2022-07-13T08:18:01-05:30", 1_657_720_081_000),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func reads(text: String, milliseconds: Int64) {
        #expect(RFC3339.milliseconds(text) == milliseconds)
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", "now", "2022-07-13", "2022-07-13T13:48Z", "2022-13-01T00:00:00Z", "2022-00-01T00:00:00Z",
            "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2022-04-31T00:00:00Z", "2022-07-13T24:00:00Z",
            "2022-07-13T00:60:00Z", "2022-07-13T00:00:61Z", "2022-07-13T00:00:00.Z", "2022-07-13T00:00:00+2",
            "2022-07-13T00:00:00Zx", "0000-06-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "٢٠٢٢-07-13T00:00:00Z",
        ])
    func refuses(text: String) {
        #expect(RFC3339.milliseconds(text) == nil)
    }

    @Test("Every time is read back as it was written")
    func roundTrip() {
        for _ in 0..<2_000 {
            let time = Int64.random(in: RFC3339.range)
            #expect(RFC3339.milliseconds(RFC3339.text(milliseconds: time, fraction: true)) == time, "\(time)")
            let seconds = (Double(time) / 1_000).rounded(.down)
            #expect(RFC3339.milliseconds(RFC3339.text(milliseconds: time)) == Int64(seconds) * 1_000, "\(time)")
        }
    }

    @Test("A time beyond four digits of a year is cut, not fatal", arguments: [Int64.min, .max])
    func beyond(time: Int64) {
        #expect(RFC3339.range.contains(RFC3339.milliseconds(RFC3339.text(milliseconds: time, fraction: true)) ?? 0))
    }
}
