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
        let held = heldMilliseconds(log["oldest"], now)
        append("last minute", log["lastMinute"], of: 60_000, held: held, to: &lines)
        append("last hour", log["lastHour"], of: 3_600_000, held: held, to: &lines)
    }

    private static func append(_ name: String, _ place: JSONValue?, _ now: Int64, to lines: inout OutputLines) {
        guard let time = place?["time"]?.string, let id = place?["id"]?.string else {
            return lines.append("\(name)       -")
        }
        let age = RFC3339.milliseconds(time).map { ", \(ReadableNumber.age(milliseconds: max(0, now - $0))) ago" } ?? ""
        let sequence = place?["sequence"]?.integer.map { ", number \(ReadableNumber.grouped($0))" } ?? ""
        lines.append("\(name)       \(time)\(age): \(id)\(sequence)")
    }

    /// How long ago the log begins; nil where nothing has left it, so that it knows of all there was.
    private static func heldMilliseconds(_ oldest: JSONValue?, _ now: Int64) -> Int64? {
        guard let oldest, oldest["sequence"]?.integer != 1 else { return nil }
        return oldest["time"]?.string.flatMap(RFC3339.milliseconds).map { max(1_000, now - $0) }
    }

    /// - Parameters:
    ///   - length: of the time in which these events came.
    ///   - held: how much of it the log knows of, where that is less.
    private static func append(
        _ name: String, _ count: JSONValue?, of length: Int64, held: Int64?, to lines: inout OutputLines
    ) {
        let count = count?.integer ?? 0
        let known = min(length, held ?? length)
        let tenths = (count * 10_000 + known / 2) / known
        let rate = count == 0 || tenths > 0 ? "\(ReadableNumber.grouped(tenths / 10)).\(tenths % 10)" : "under 0.1"
        let padding = String(repeating: " ", count: 13 - name.count)
        let part = known < length ? " in the last \(ReadableNumber.age(milliseconds: known)), all that is held" : ""
        lines.append("\(name)\(padding)\(ReadableNumber.grouped(count)) events\(part), \(rate) a second")
    }
}
