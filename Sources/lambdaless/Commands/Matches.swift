import Access
import ArgumentParser
import Client
import JSONDocument
import JSONText

struct Matches: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a broker which connections an event would reach, or watch which ones events reach.",
        discussion: "Exits with 0 when the event would reach a connection, with 1 when it would reach none.")

    @Option(name: .shortAndLong, help: "The event: JSON, a file, or - for stdin. Nothing is published.")
    var event: String?

    @Flag(help: "Also say why the other connections would not get it.")
    var all = false

    @Flag(help: "Show each event that matches from now on: its id and the connections it goes to.")
    var follow = false

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        guard (event != nil) != follow else { throw ValidationError("give either --event or --follow") }
        if all && follow { throw ValidationError("--all goes with --event") }
    }

    func run() async throws {
        let broker = try options.broker(.callback)
        if let event { try await ask(broker, try GivenText.event(event)) } else { try await watch(broker) }
    }

    private func ask(_ broker: RemoteBroker, _ event: [UInt8]) async throws {
        do {
            _ = try JSONValidator.validate(event)
        } catch {
            throw CommandFailure("the event is not valid JSON: \(error)")
        }
        let request = HTTPRequest(
            "POST", "\(broker.stagePath)/matches\(all ? "?all=true" : "")",
            headers: [("Content-Type", "application/json")], body: event, service: .executeAPI)
        let answer = try JSONValue(answer: try await broker.answer(to: request))
        let matches = answer["matches"]?.array ?? []
        var lines = OutputLines()
        switch format.output {
        case .json: lines.append(answer.serialized())
        case .text:
            for match in matches {
                lines.append("✓ \(id(match))  \(TerminalText.safe(CompactJSON.text(match["pattern"]?.string ?? "")))")
            }
            for miss in answer["misses"]?.array ?? [] {
                lines.append("✗ \(id(miss))  \(TerminalText.safe(CompactJSON.text(miss["pattern"]?.string ?? "-")))")
                if let reason = miss["reason"]?.string { lines.append("  \(TerminalText.safe(reason))") }
            }
            if matches.isEmpty { Terminal.note("no connection would get it") }
        }
        lines.flush()
        if matches.isEmpty { throw ExitStatus.negative }
    }

    private func watch(_ broker: RemoteBroker) async throws {
        let request = HTTPRequest("GET", "\(broker.stagePath)/matches", service: .executeAPI)
        let output = format.output
        do {
            try await broker.http.withConnection { connection in
                try await connection.lines(of: request, refused: { throw RemoteBroker.failure($0) }) { line in
                    var lines = OutputLines()
                    lines.emit(output == .json ? line : Self.text(of: line))
                }
            }
        } catch let error as ClientError {
            throw CommandFailure(error.message)
        }
    }

    private static func text(of notice: [UInt8]) -> [UInt8] {
        guard let notice = try? JSONValue(parsing: notice), let event = notice["eventId"]?.string else { return notice }
        let connections = (notice["connectionIds"]?.array ?? []).compactMap(\.string)
        let missed = notice["missedBefore"]?.integer.map { " (\($0) events before it were not shown)" } ?? ""
        return Array("\(event) → \(connections.joined(separator: ", "))\(missed)".utf8)
    }

    private func id(_ report: JSONValue) -> String { report["connectionId"]?.string ?? "?" }
}
