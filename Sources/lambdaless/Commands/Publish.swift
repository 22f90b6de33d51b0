import ArgumentParser
import Broker
import Gateway
import JSONDocument
import JSONText

struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish one event from flags, or many from a file or stdin.",
        discussion: """
            A file holds one event, an array of events, or events one a line (NDJSON); each is an envelope or the \
            short form {"source", "detail-type", "detail"}. NDJSON is streamed, whatever its length.
            Exits with 0 when all are published, with 1 when the broker took only some, with 2 when it could not be done.
            """)

    @Argument(help: "The file; - or nothing for stdin.")
    var file: String?

    @Option(help: "Source of one event, such as my.app.")
    var source: String?

    @Option(help: "Its detail type, such as 'order placed'.")
    var detailType: String?

    @Option(help: "Its detail: a JSON object.")
    var detail: String?

    @Option(help: "A resource that it is about. Repeat it for several.")
    var resource: [String] = []

    @Option(help: "Its time, such as 2026-11-21T01:02:03Z (now).", transform: Publish.time)
    var time: String?

    @Option(help: "The event bus to publish it to (default).")
    var bus: String?

    @Option(
        help: """
            A name for it, such as order-6: publishing the same again under this name within five minutes adds nothing.
            """,
        transform: Publish.name)
    var deduplicationID: String?

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    private var isFromFlags: Bool {
        source != nil || detailType != nil || detail != nil || !resource.isEmpty || time != nil || bus != nil
            || deduplicationID != nil
    }

    func validate() throws {
        if isFromFlags {
            if file != nil { throw ValidationError("give either a file or the flags of one event") }
            guard source?.isEmpty == false, detailType?.isEmpty == false else {
                throw ValidationError("one event needs --source and --detail-type, and text in both")
            }
        } else if file == nil, Terminal.inputIsTerminal {
            throw ValidationError("give an event in flags, a file, or events on stdin")
        }
    }

    func run() async throws {
        let broker = try options.broker(.eventBridge)
        if let source, let detailType {
            let entry = Entry(
                source: source, detailType: detailType, detail: try checkedDetail(), resources: resource, time: time,
                bus: bus, deduplicationID: deduplicationID)
            let response = try await broker.send(entry.request(to: broker))
            try PublishReport(response).show(format.output)
        } else {
            let response = try await EventUpload(broker: broker).publish(try InputFile(path: file ?? "-"))
            try PublishReport(response).show(format.output)
        }
    }

    // The flags of an event are checked here: the broker's answer is about JSON that nobody wrote.

    private static func time(_ text: String) throws -> String {
        if RFC3339.milliseconds(text) != nil { return text }
        throw ValidationError("it is to be a time such as 2026-11-21T01:02:03Z")
    }

    private static func name(_ text: String) throws -> String {
        if IdempotencyKey.isValid(text) { return text }
        throw ValidationError("it is to be 1 to 255 characters of ASCII without spaces, such as a UUID")
    }

    /// Checked here because AWS's answer, `Detail is malformed.`, does not say where.
    private func checkedDetail() throws -> String {
        let detail = detail ?? "{}"
        do {
            let kind = try JSONValidator.validate(Array(detail.utf8))
            guard kind == .object else { throw CommandFailure("--detail must be a JSON object, as in '{\"id\": 1}'") }
        } catch let error as JSONSyntaxError {
            throw CommandFailure("--detail is not valid JSON: \(error)")
        }
        return detail
    }
}
