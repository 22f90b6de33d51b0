import ArgumentParser
import Client
import EventPattern

struct Subscribe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the events that match a pattern, one a line, as they come.",
        discussion: """
            On a terminal events are spread over lines; piped, or with --output json, each is one line.
            When the connection is lost it is opened again; events published meanwhile are missed.
            With --count it exits with 0 after so many events, and with 1 when --timeout ends it before.
            """)

    @Argument(help: "The pattern: JSON, a file, - for stdin, or a name in Patterns/, such as s3/object-created.")
    var pattern: String

    @Option(help: "Exit after so many events.")
    var count: Int?

    @Option(help: "Exit after so many seconds.")
    var timeout: Double?

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count takes a number from 1") }
        if let timeout, !(0.001...1e9).contains(timeout) { throw ValidationError("--timeout takes seconds from 0.001") }
    }

    func run() async throws {
        let pattern = try GivenText.pattern(pattern)
        let broker = try options.broker(.callback)
        let subscription = Subscription(
            client: WebSocketClient(endpoint: broker.http.endpoint), target: broker.stagePath, pattern: pattern.text,
            printer: EventPrinter(isIndented: format.output == .text && Terminal.outputIsTerminal))
        let (count, timeout) = (count, timeout)
        let received = try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask { try await subscription.run(upTo: count) }
            if let timeout {
                group.addTask {
                    try await Task.sleep(for: .seconds(timeout))
                    return nil
                }
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            return first
        }
        if received == nil, count != nil || !subscription.hasReceived { throw ExitStatus.negative }
    }
}
