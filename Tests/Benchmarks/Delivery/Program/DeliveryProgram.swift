import ArgumentParser

/// The load and the limit of the delivery benchmark. `Tests/Benchmarks/delivery` runs it; by itself it is for looking
/// closer.
@main
struct DeliveryProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delivery-benchmark",
        abstract: "The load generator of the delivery benchmark, the limit it compares with, and a long run.",
        subcommands: [LoadCommand.self, LimitCommand.self, SoakCommand.self])
}
