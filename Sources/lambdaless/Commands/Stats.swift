import Access
import ArgumentParser
import Client
import JSONDocument
import JSONText

struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how full the index of a broker's patterns is, and with what.",
        discussion: """
            Long lists of conjunctions that wait for one test are what makes matching slow: each event that satisfies \
            the test is put to all of them. A pattern that also asks for something rarer waits for that instead.
            """)

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let broker = try options.broker(.callback)
        let request = HTTPRequest("GET", "\(broker.stagePath)/stats", service: .executeAPI)
        let answer = try JSONValue(answer: try await broker.answer(to: request))
        var lines = OutputLines()
        switch format.output {
        case .json: lines.append(answer.serialized())
        case .text: Self.append(answer, to: &lines)
        }
    }

    /// A number with its name before it and, where the name alone does not say it, what it counts behind it.
    private struct Row {
        let name: String
        let number: String
        let note: String

        init(_ name: String, _ value: JSONValue?, _ note: String = "") {
            self.name = name
            number = value?.integer.map(ReadableNumber.grouped) ?? "-"
            self.note = note
        }
    }

    private static func append(_ statistics: JSONValue, to lines: inout OutputLines) {
        let sizes = [
            Row("patterns", statistics["patterns"], "connections that have one"),
            Row("distinct patterns", statistics["distinct"], "equal ones are kept once"),
            Row("conjunctions", statistics["conjunctions"], "ways to match: one per pattern, more with $or"),
            Row("unconditional", statistics["unconditional"], "of these, put to every event: they wait for no value"),
            Row("fields", statistics["fields"], "names in the paths that patterns ask for"),
            Row("bytes", statistics["bytes"], "allocated by the index"),
            Row("operand bytes", statistics["operandBytes"], "of these, texts of patterns and operands of tests"),
            Row("bytes per pattern", statistics["bytesPerDistinctPattern"], "of the distinct ones"),
        ]
        let tests = (statistics["tests"]?.object ?? []).map { Row($0.name, $0.value) }
        let lists = (statistics["longestLists"]?.array ?? []).map { list in
            Row(escaped(list["test"]?.string ?? ""), list["count"])
        }
        append(sizes, to: &lines)
        if !tests.isEmpty { append(tests, under: "different tests, by kind", to: &lines) }
        if !lists.isEmpty { append(lists, under: "conjunctions that wait for one test, longest lists", to: &lines) }
    }

    private static func append(_ rows: [Row], under title: String? = nil, to lines: inout OutputLines) {
        if let title {
            lines.append("")
            lines.append(title)
        }
        let indent = title == nil ? "" : "  "
        let nameWidth = rows.map(\.name.count).max() ?? 0
        let numberWidth = rows.map(\.number.count).max() ?? 0
        for row in rows {
            let name = row.name + String(repeating: " ", count: nameWidth - row.name.count)
            let number = String(repeating: " ", count: numberWidth - row.number.count) + row.number
            lines.append("\(indent)\(name)  \(number)\(row.note.isEmpty ? "" : "  \(row.note)")")
        }
    }

    /// Field names are whatever clients sent: none may break a line or steer the terminal.
    private static func escaped(_ text: String) -> String {
        var json: [UInt8] = []
        JSONWriter.appendString(text.utf8, to: &json)
        return TerminalText.safe(String(decoding: json.dropFirst().dropLast(), as: UTF8.self))
    }
}
