import Access
import ArgumentParser
import Broker
import Client
import JSONDocument

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show how far back the event log of a broker reaches, how large it is, and how fast it grows.",
        discussion:
            "What is older than the oldest event cannot be replayed; `serve --retention-age` says how long is kept.")

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let broker = try options.broker(.callback)
        let request = HTTPRequest("GET", "\(broker.stagePath)/log", service: .executeAPI)
        let answer = try JSONValue(answer: try await broker.answer(to: request))
        var lines = OutputLines()
        switch format.output {
        case .json: lines.append(answer.serialized())
        case .text: Self.append(answer, now: WallClock.system.now(), to: &lines)
        }
    }

    private static func append(_ log: JSONValue, now: Int64, to lines: inout OutputLines) {
        let (events, bytes) = (log["events"]?.integer ?? 0, log["bytes"]?.integer ?? 0)
        let each = events > 0 ? ", \(ReadableNumber.grouped(bytes / events)) for each event" : ""
        lines.append("bus          \(TerminalText.safe(log["bus"]?.string ?? "-"))")
        lines.append("events       \(ReadableNumber.grouped(events))")
        lines.append("bytes        \(ReadableNumber.grouped(bytes))\(each)")
        append("oldest", log["oldest"], now, to: &lines)
        append("newest", log["newest"], now, to: &lines)
        append("last minute", log["lastMinute"], seconds: 60, to: &lines)
        append("last hour", log["lastHour"], seconds: 3_600, to: &lines)
    }

    private static func append(_ name: String, _ place: JSONValue?, _ now: Int64, to lines: inout OutputLines) {
        guard let time = place?["time"]?.string, let id = place?["id"]?.string else {
            return lines.append("\(name)       -")
        }
        let age = RFC3339.milliseconds(time).map { ", \(ReadableNumber.age(milliseconds: max(0, now - $0))) ago" } ?? ""
        let sequence = place?["sequence"]?.integer.map { ", number \(ReadableNumber.grouped($0))" } ?? ""
        lines.append("\(name)       \(time)\(age): \(id)\(sequence)")
    }

    private static func append(_ name: String, _ count: JSONValue?, seconds: Int64, to lines: inout OutputLines) {
        let count = count?.integer ?? 0
        let tenths = (count * 10 + seconds / 2) / seconds
        let rate = count == 0 || tenths > 0 ? "\(ReadableNumber.grouped(tenths / 10)).\(tenths % 10)" : "under 0.1"
        let padding = String(repeating: " ", count: 13 - name.count)
        lines.append("\(name)\(padding)\(ReadableNumber.grouped(count)) events, \(rate) a second")
    }
}
