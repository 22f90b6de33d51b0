import ArgumentParser

/// What a command writes to stdout.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    /// For people; on a terminal it may be spread over lines.
    case text
    /// For programs: one JSON object a line.
    case json
}

struct OutputOptions: ParsableArguments {
    @Option(help: "What to print: text, or json with one object a line.")
    var output = OutputFormat.text
}
