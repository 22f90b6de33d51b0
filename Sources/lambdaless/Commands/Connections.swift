import Access
import ArgumentParser
import Client
import JSONDocument

struct Connections: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the connections of a broker, or one of them.")

    @Argument(help: ArgumentHelp("Only this one.", valueName: "id"))
    var connection: ConnectionIDArgument?

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let broker = try options.broker(.callback)
        let connections: [JSONValue]
        if let connection {
            let request = broker.connectionRequest("GET", connection.text, query: "?detail=true")
            connections = [try JSONValue(answer: try await broker.answer(to: request))]
        } else {
            let request = HTTPRequest("GET", "\(broker.stagePath)/@connections", service: .executeAPI)
            connections = try JSONValue(answer: try await broker.answer(to: request))["connections"]?.array ?? []
        }
        var lines = OutputLines()
        switch format.output {
        case .json: for connection in connections { lines.append(connection.serialized()) }
        case .text where connection != nil: for value in connections { Self.appendDetails(of: value, to: &lines) }
        case .text: Self.appendTable(of: connections, to: &lines)
        }
    }

    private static func appendTable(of connections: [JSONValue], to lines: inout OutputLines) {
        if connections.isEmpty { return Terminal.note("no connections") }
        let columns = ["connectionId", "connectedAt", "sent", "dropped", "queued", "pattern"]
        let rows = connections.map { connection in
            [
                connection["connectionId"]?.string ?? "", connection["connectedAt"]?.string ?? "",
                number(connection["sentMessages"]), number(connection["droppedMessages"]),
                number(connection["queuedBytes"]),
                TerminalText.safe(CompactJSON.text(connection["pattern"]?.string ?? "-")),
            ]
        }
        lines.append(table: columns, rows)
    }

    private static func appendDetails(of connection: JSONValue, to lines: inout OutputLines) {
        for member in connection.object ?? [] {
            switch member.value {
            case .object(let members):
                for member in members { lines.append("\(member.name): \(text(member.value))") }
            default: lines.append("\(member.name): \(text(member.value))")
            }
        }
    }

    private static func number(_ value: JSONValue?) -> String { value?.integer.map(String.init) ?? "-" }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .null: "-"
        default: String(decoding: value.serialized(), as: UTF8.self)
        }
    }
}

extension JSONValue {
    /// The body of a broker's answer.
    /// - Throws: ``CommandFailure`` where it is not JSON: then it is no broker that answered.
    init(answer: HTTPResponse) throws {
        do {
            self = try JSONValue(parsing: answer.body)
        } catch {
            throw CommandFailure("the answer is not JSON: \(error); is this a lambdaless broker?")
        }
    }
}
