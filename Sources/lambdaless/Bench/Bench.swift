import ArgumentParser
import MatchBenchmark

/// Measurements of this program on this machine.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure this program on this machine.", subcommands: [BenchMatch.self])
}

/// `bench match`: how fast events are matched, and patterns changed.
struct BenchMatch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "match",
        abstract: "Measure how fast events are matched, and patterns changed.",
        discussion: """
            One thread, CPU time, the median of several rounds after one to warm up. First the rule sets that Event \
            Ruler is measured with, then indexes of 1,000 to 1,000,000 patterns. Every answer is checked; a wrong one \
            ends the run.
            """)

    @Option(help: "A file of events for the rule sets, one JSON object a line; otherwise similar ones are made.")
    var events: String?

    @Flag(help: "End within 40 seconds: fewer rounds, and at most 100,000 patterns.")
    var quick = false

    @Option(help: "Run only the sets and shapes whose name contains this.")
    var only: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let benchmark = MatchBenchmark(eventsPath: events, isQuick: quick, filter: only)
        var lines = OutputLines()
        do {
            try benchmark.run { line in lines.emit((output.output == .json ? line : Self.plain(line)).utf8) }
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// A line of names and values for people.
    private static func plain(_ json: String) -> String {
        json.dropFirst().dropLast().split(separator: ",").map { member in
            member.split(separator: ":").map { $0.filter { $0 != "\"" } }.joined(separator: " ")
        }.joined(separator: "  ")
    }
}
