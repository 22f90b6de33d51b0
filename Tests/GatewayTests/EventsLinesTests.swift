import Broker
import EventLog
import Gateway
import JSONDocument
import Testing

@Suite("POST /{stage}/events: lines", .timeLimit(.minutes(1)))
struct EventsLinesTests {
    private let type = "application/x-ndjson; charset=utf-8"

    private func line(_ n: Int) -> String { #"{"source":"s","detail-type":"d","detail":{"n":\#(n)}}"# }

    private func numbers(_ test: EventsDoorUnderTest) -> [Int] {
        test.events.compactMap { $0.firstMatch(of: /"n":([0-9]+)/).flatMap { Int($0.1) } }
    }

    @Test("Each line is an event, wherever the body is cut into pieces", arguments: [1, 2, 3, 7, 50, 1_000_000])
    func pieces(size: Int) async throws {
        let test = EventsDoorUnderTest { $0.batchEventsMax = 4 }
        let body = Array("\(line(0))\n\(line(1))\r\n\n  \n\(line(2))\n\r\n\(line(3))".utf8)
        let pieces = stride(from: 0, to: body.count, by: size).map { Array(body[$0..<min($0 + size, body.count)]) }
        let answer = await test.publish(pieces, type)
        #expect(answer.status == 200)
        #expect(answer.body == #"{"FailedEntryCount":0,"EntryCount":4,"Errors":[]}"#)
        #expect(numbers(test) == [0, 1, 2, 3])
    }

    @Test("Faults are told with their line, and the other lines are published")
    func faults() async throws {
        let test = EventsDoorUnderTest()
        let body = [
            line(0), "", "{", #"{"source":"s","detail-type":"d","detail":7}"#, "[1]", line(5) + " x", line(6),
        ]
        let answer = await test.publish(body.joined(separator: "\n"), type)
        #expect(answer.status == 200)
        let summary = try JSONValue(parsing: Array(answer.body.utf8))
        #expect(summary["FailedEntryCount"] == 4)
        #expect(summary["EntryCount"] == 6)
        let errors = summary["Errors"]?.array ?? []
        #expect(errors.map { $0["Line"] } == [3, 4, 5, 6])
        #expect(
            errors.map { $0["ErrorCode"]?.string }
                == ["MalformedEvent", "MalformedDetail", "MalformedEvent", "MalformedEvent"])
        #expect(errors[0]["ErrorMessage"]?.string?.contains("(line 3, column") == true)
        #expect(errors[1]["ErrorMessage"]?.string?.contains("a number (line 4, column 42)") == true)
        #expect(errors[3]["ErrorMessage"]?.string?.contains("(line 6, column ") == true)
        #expect(numbers(test) == [0, 6])
    }

    @Test("Only the first errors are listed")
    func listed() async throws {
        let body = String(repeating: "x\n", count: 250)
        let answer = await EventsDoorUnderTest().publish(body, type)
        #expect(answer.status == 400)
        let summary = try JSONValue(parsing: Array(answer.body.utf8))
        #expect(summary["FailedEntryCount"] == 250)
        #expect(summary["Errors"]?.array?.count == 100)
    }

    @Test("A line that is too long is skipped to its end, not held", arguments: [1, 64, 100_000])
    func tooLong(size: Int) async throws {
        let test = EventsDoorUnderTest { $0.eventBytesMax = 60 }
        let body = Array("\(line(0))\n\(line(1))\(String(repeating: " ", count: 5_000))\n\(line(2))\n".utf8)
        let pieces = stride(from: 0, to: body.count, by: size).map { Array(body[$0..<min($0 + size, body.count)]) }
        let answer = await test.publish(pieces, type)
        #expect(answer.body.hasPrefix(#"{"FailedEntryCount":1,"EntryCount":3,"Errors":[{"Line":2,"#))
        #expect(answer.body.contains("more than 60 bytes"))
        #expect(numbers(test) == [0, 2])
    }

    @Test("A body without lines is nothing to do", arguments: ["", "\n\n", " \r\n"])
    func empty(body: String) async throws {
        let answer = await EventsDoorUnderTest().publish(body, type)
        #expect(answer.status == 200)
        #expect(answer.body == #"{"FailedEntryCount":0,"EntryCount":0,"Errors":[]}"#)
    }

    @Test("Lines are published as they come, before the body is over")
    func streaming() async throws {
        let test = EventsDoorUnderTest()
        let (body, source) = AsyncThrowingStream.makeStream(of: [UInt8].self)
        async let answer = test.publish(body, type)
        for n in 0..<5 {
            source.yield(Array("\(line(n))\n".utf8))
            for await head in test.log.tail() where head.rawValue == UInt64(n + 1) { break }
        }
        source.finish()
        #expect(await answer.status == 200)
    }

    @Test("What came before a body broke off stays published")
    func brokenOff() async throws {
        struct Gone: Error {}
        let test = EventsDoorUnderTest()
        let (body, source) = AsyncThrowingStream.makeStream(of: [UInt8].self)
        source.yield(Array("\(line(0))\n\(line(1))\n{\"sou".utf8))
        source.finish(throwing: Gone())
        #expect(await test.publish(body, type).status == 400)
        #expect(numbers(test) == [0, 1])
    }

    @Test("Many lines go through in order")
    func many() async throws {
        let test = EventsDoorUnderTest()
        let body = (0..<3_000).map { line($0) }.joined(separator: "\n")
        let answer = await test.publish(body, type)
        #expect(answer.body.hasPrefix(#"{"FailedEntryCount":0,"EntryCount":3000,"#))
        #expect(numbers(test) == Array(0..<3_000))
    }
}
