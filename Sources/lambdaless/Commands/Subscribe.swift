import ArgumentParser
import Client
import EventPattern

struct Subscribe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the events that match a pattern, one a line, as they come.",
        discussion: """
            On a terminal events are spread over lines; piped, or with --output json, each is one line.
            With --after, --since or --from it begins with events of the past, and goes over into what comes.
            When the connection is lost it is opened again, and what was published meanwhile follows: each event is \
            printed once. Where events have left the broker's log meanwhile, stderr says so, and the exit status is 1.
            With --count it exits with 0 after so many events, and with 1 when --timeout ends it before.
            """)

    @Argument(help: "The pattern: JSON, a file, - for stdin, or a name in Patterns/, such as s3/object-created.")
    var pattern: String

    @Option(help: "Exit after so many events.")
    var count: Int?

    @Option(help: "Exit after so many seconds.")
    var timeout: Double?

    @OptionGroup(title: "The past") var past: PastOptions

    @Option(help: "Print at most so many events of the past, and exit where the past ends.")
    var limit: Int?

    @Option(help: "Events of the past a second, such as 100, or a multiple of the pace in which they came, such as 2x.")
    var speed: ReplaySpeed?

    @Option(
        help: ArgumentHelp(
            "Have the broker keep the place under this name: whoever subscribes with it the next time, from wherever, "
                + "goes on there. What was printed right before an end may come again. Another pattern than it has "
                + "replaces that one, which stderr tells.", valueName: "name"))
    var session: String?

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count takes a number from 1") }
        if let timeout, !(0.001...1e9).contains(timeout) { throw ValidationError("--timeout takes seconds from 0.001") }
        if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1") }
        if past.start == nil, limit != nil || speed != nil {
            throw ValidationError(
                "\(limit != nil ? "--limit" : "--speed") is for the past: say where to begin with --since, --after or --from"
            )
        }
        if let session {
            guard limit == nil, speed == nil else {
                throw ValidationError("--session goes without --limit and --speed")
            }
            try SessionName.check(session)
        }
    }

    func run() async throws {
        let pattern = try GivenText.pattern(pattern)
        let broker = try options.broker(.callback)
        let subscription = Subscription(
            client: WebSocketClient(endpoint: broker.http.endpoint), target: broker.stagePath, pattern: pattern.text,
            range: PastRange(past.start, limit: limit, speed: speed?.text), session: session,
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
        if received == nil, count != nil || subscription.events == 0 { throw ExitStatus.negative }
        if let received, let count, received < count { throw ExitStatus.negative }
        if subscription.hasGap { throw ExitStatus.negative }
    }
}
