import ArgumentParser
import Client
import JSONDocument

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Print past events, or send them to a connection once more.",
        discussion: """
            Prints one event a line, or on a terminal spread over lines, from the given beginning up to now. When the \
            connection is lost it goes on where it stopped. With --to it prints how many events the connection took.
            Exits with 1 when events of that time may have left the broker's log, which is said on stderr, or when the \
            connection is gone.
            """)

    @OptionGroup var part: PastPart

    @Option(help: "At most so many events.")
    var limit: Int?

    @Option(help: "Events a second, such as 100, or a multiple of the pace in which they came, such as 2x (no pause).")
    var speed: ReplaySpeed?

    @Option(help: ArgumentHelp("Send the events to this connection instead of printing them.", valueName: "connection"))
    var to: ConnectionIDArgument?

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if part.past.start == nil { throw ValidationError("say where to begin: --since, --after or --from horizon") }
        if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1") }
    }

    func run() async throws {
        let broker = try options.broker(.callback)
        let reader = try await PastReader.open(
            broker, pattern: try GivenText.patternOrAll(part.pattern),
            range: PastRange(part.past.start, until: part.until, limit: limit, speed: speed?.text))
        if let to {
            let sender = ConnectionSender(to.text, of: broker)
            try await reader.read { try await sender.send($0) }
            show(sender)
            if sender.refused > 0 { throw ExitStatus.negative }
        } else {
            let printer = EventPrinter(isIndented: format.output == .text && Terminal.outputIsTerminal)
            try await reader.read { printer.print($0) }
        }
        if reader.hasGap { throw ExitStatus.negative }
    }

    private func show(_ sender: ConnectionSender) {
        var lines = OutputLines()
        switch format.output {
        case .text: lines.append("sent \(sender.sent) events to \(sender.connection)")
        case .json:
            let answer: JSONValue = [
                "connectionId": .string(sender.connection), "sent": .integer(Int64(sender.sent)),
                "refused": .integer(Int64(sender.refused)),
            ]
            lines.append(answer.serialized())
        }
    }
}
