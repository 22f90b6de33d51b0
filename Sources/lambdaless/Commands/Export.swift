import ArgumentParser
import Client
import JSONDocument

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write past events to a file, one a line.",
        discussion: """
            Writes whole envelopes, as subscribers get them, from the oldest event that the broker has up to now. \
            `lambdaless import` publishes them at another broker. Says on stdout how many there were, or on stderr when \
            the events themselves go to stdout.
            Exits with 1 when events of that time may have left the broker's log.
            """)

    @Argument(help: "The file; what it holds is replaced. - or nothing for stdout.")
    var file: String?

    @OptionGroup var part: PastPart

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let broker = try options.broker(.callback)
        let reader = try await PastReader.open(
            broker, pattern: try GivenText.patternOrAll(part.pattern),
            range: PastRange(part.past.start ?? .horizon, until: part.until))
        // Only now, so that an older export is not gone because there is no broker.
        let output = try OutputFile(path: file ?? "-")
        do {
            try await reader.read { try output.write($0) }
        } catch let failure as CommandFailure where reader.events > 0 {
            throw CommandFailure("\(failure.message) (\(output.name) is not complete)", status: failure.status)
        }
        let isToStdout = output.name == "stdout"
        switch format.output {
        case .text where isToStdout: Terminal.note("exported \(reader.events) events")
        case .text:
            var lines = OutputLines()
            lines.append("exported \(reader.events) events to \(output.name)")
        case .json where isToStdout: break
        case .json:
            var lines = OutputLines()
            let answer: JSONValue = [
                "exported": .integer(Int64(reader.events)), "file": .string(output.name), "gap": .bool(reader.hasGap),
            ]
            lines.append(answer.serialized())
        }
        if reader.hasGap { throw ExitStatus.negative }
    }
}
