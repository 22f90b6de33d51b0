import Access
import ArgumentParser
import Client
import JSONDocument

struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "Show the named sessions of a broker, or delete one.",
        discussion: """
            A client that connects with ?session=NAME has a session: the broker keeps its pattern, and how far it \
            has come. BEHIND is how many events the log holds after that place.
            """)

    @Option(help: ArgumentHelp("Forget this session, and close its connection.", valueName: "name"))
    var delete: String?

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let broker = try options.broker(.callback)
        var lines = OutputLines()
        if let delete {
            let request = HTTPRequest("DELETE", "\(broker.stagePath)/@sessions/\(delete)", service: .executeAPI)
            _ = try await broker.answer(to: request)
            switch format.output {
            case .text: lines.append("deleted \(delete)")
            case .json:
                let answer: JSONValue = ["name": .string(delete), "status": "deleted"]
                lines.append(answer.serialized())
            }
            return
        }
        let request = HTTPRequest("GET", "\(broker.stagePath)/@sessions", service: .executeAPI)
        let sessions = try JSONValue(answer: try await broker.answer(to: request))["sessions"]?.array ?? []
        switch format.output {
        case .json: for session in sessions { lines.append(session.serialized()) }
        case .text where sessions.isEmpty: Terminal.note("no sessions")
        case .text:
            lines.append(
                table: ["name", "cursor", "behind", "acknowledging", "connectionId", "lastUsedAt", "pattern"],
                sessions.map { session in
                    [
                        session["name"]?.string ?? "", session["cursor"]?.integer.map(String.init) ?? "-",
                        session["behind"]?.integer.map(String.init) ?? "-",
                        session["acknowledging"] == .bool(true) ? "yes" : "no", session["connectionId"]?.string ?? "-",
                        session["lastUsedAt"]?.string ?? "",
                        TerminalText.safe(CompactJSON.text(session["pattern"]?.string ?? "-")),
                    ]
                })
        }
    }

    func validate() throws {
        // Everything else would be another path.
        if let delete { try SessionName.check(delete) }
    }
}
