import ArgumentParser

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The program: a subscription broker that speaks EventBridge's pattern language, and the tools to talk to it.
@main
struct Lambdaless: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lambdaless",
        abstract: "A self-hosted subscription broker that speaks EventBridge's pattern language.",
        discussion: """
            Commands exit with 0 for yes and done, 1 for no (no match, an entry refused, a connection gone, events no \
            longer in the broker's log), 2 for what could not be done, and 64 for wrong usage.
            """,
        version: "0.1.0",
        subcommands: [
            Serve.self, Demo.self, Publish.self, Subscribe.self, ReplayCommand.self, Export.self, Import.self,
            Test.self, Explain.self, Matches.self, Connections.self, Send.self, Disconnect.self, SessionsCommand.self,
            LogCommand.self, Stats.self, Bench.self,
        ]
    )

    static func main() async {
        // A reader that goes away is found when writing to it.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot(CommandLine.arguments.dropFirst().map(ConnectionIDArgument.escape))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            Terminal.note("lambdaless: \(failure)")
            end(failure.status)
        } catch let status as ExitStatus {
            end(status)
        } catch {
            exit(withError: error)
        }
    }

    private static func end(_ status: ExitStatus) -> Never {
        #if canImport(Glibc)
            Glibc.exit(status.rawValue)
        #else
            Darwin.exit(status.rawValue)
        #endif
    }
}
