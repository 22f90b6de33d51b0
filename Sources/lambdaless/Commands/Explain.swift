import ArgumentParser
import Client
import EventPattern

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a pattern matches an event, or why it does not.",
        discussion: """
            Prints the pattern as a tree with ✓ and ✗, what was found, what was expected, and for a miss the likely \
            cause. Of many events, one a line, each is explained.
            Exits with 0 when an event matches, with 1 when none does, with 2 for input that is not valid.
            """)

    @Option(name: .shortAndLong, help: "The pattern: JSON, a file, - for stdin, or a name in Patterns/.")
    var pattern: String

    @Option(name: .shortAndLong, help: "The event: JSON, a file (many events where it has one a line), or -.")
    var event: String

    @OptionGroup var format: OutputOptions

    func validate() throws {
        if pattern == "-", event == "-" { throw ValidationError("only one of pattern and event can come from stdin") }
    }

    func run() async throws {
        let pattern = try GivenText.pattern(pattern)
        let text = try GivenText.event(event)
        var matches = 0
        var output = OutputLines()
        if EventFilter.isManyEvents(text) {
            for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                .enumerated()
            where line.contains(where: { !$0.isBlank }) {
                if format.output == .text { output.append("line \(index + 1):") }
                matches += try explain(pattern, Array(line), place: "line \(index + 1): ", &output) ? 1 : 0
            }
        } else {
            matches += try explain(pattern, text, place: "", &output) ? 1 : 0
        }
        output.flush()
        if matches == 0 { throw ExitStatus.negative }
    }

    private func explain(
        _ pattern: EventPattern, _ event: [UInt8], place: String, _ output: inout OutputLines
    ) throws -> Bool {
        let explanation: Explanation
        do {
            explanation = try pattern.explain(event)
        } catch {
            output.flush()
            throw CommandFailure("\(place)the event is not valid JSON: \(error)")
        }
        switch format.output {
        case .json: output.append(explanation.json)
        case .text:
            for line in ExplanationTree(hasColour: Terminal.outputHasColour).lines(of: explanation) {
                output.append(line)
            }
        }
        return explanation.matched
    }
}
