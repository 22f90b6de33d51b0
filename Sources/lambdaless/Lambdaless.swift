import ArgumentParser

/// The program: a subscription broker that speaks EventBridge's pattern language, and the tools to talk to it.
@main
struct Lambdaless: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lambdaless",
        abstract: "A self-hosted subscription broker that speaks EventBridge's pattern language."
    )
}
