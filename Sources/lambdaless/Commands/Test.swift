import ArgumentParser
import Client
import EventPattern
import JSONDocument
import JSONText

struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Try a pattern on events, without a broker.",
        discussion: """
            With one event: exits with 0 when the pattern matches it, with 1 when it does not.
            With many events, one a line: prints those that match, as grep does; exits with 0 when there is one.
            With --cases: runs a table of cases and exits with 0 when all turn out as they expect.
            Exits with 2 for input that is not valid.
            """)

    @Option(name: .shortAndLong, help: "The pattern: JSON, a file, - for stdin, or a name in Patterns/.")
    var pattern: String?

    @Option(
        name: .shortAndLong,
        help: "The event: JSON, a file (many events where it has one a line), or -. Without it, events come from stdin."
    )
    var event: String?

    @Option(
        help: ArgumentHelp(
            "A table of cases, one JSON object a line.",
            discussion: """
                Each has name, pattern and event (JSON texts held in strings; event null asks only whether the \
                pattern is valid), and may have expect: true, false, "valid" or "error".
                """,
            valueName: "file"))
    var cases: String?

    @OptionGroup var format: OutputOptions

    func validate() throws {
        guard (pattern != nil) != (cases != nil) else { throw ValidationError("give either --pattern or --cases") }
        if cases != nil, event != nil { throw ValidationError("--event goes with --pattern") }
        if pattern == "-", event == nil || event == "-" {
            throw ValidationError("only one of pattern and event can come from stdin")
        }
        if pattern != nil, event == nil, Terminal.inputIsTerminal {
            throw ValidationError("give an event with --event, or events on stdin")
        }
    }

    func run() async throws {
        if let cases {
            try await CaseTable(format: format.output).run(try InputFile(path: cases))
        } else if let pattern {
            let pattern = try GivenText.pattern(pattern)
            guard let event else {
                return try await EventFilter(pattern: pattern, format: format.output).run(try InputFile(path: "-"))
            }
            let text = try GivenText.event(event)
            if EventFilter.isManyEvents(text) {
                try EventFilter(pattern: pattern, format: format.output).run(text)
            } else {
                try test(pattern, text)
            }
        }
    }

    private func test(_ pattern: EventPattern, _ event: [UInt8]) throws {
        let matched: Bool
        do {
            matched = try pattern.matches(event)
        } catch {
            throw CommandFailure("the event is not valid JSON: \(error)")
        }
        var lines = OutputLines()
        switch format.output {
        case .text: lines.append(matched ? "match" : "no match")
        case .json: lines.append(#"{"result":\#(matched)}"#)
        }
        lines.flush()
        if !matched { throw ExitStatus.negative }
    }
}
