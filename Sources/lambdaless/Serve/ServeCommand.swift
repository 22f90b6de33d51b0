import Access
import ArgumentParser
import EventLog
import Foundation
import Gateway
import Logging
import NIOCore

/// `lambdaless serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Start the broker.",
        discussion: """
            Every flag can also be given in the environment: --event-loops as LAMBDALESS_EVENT_LOOPS, and so on; what \
            can be repeated there takes a list with commas. The command line comes first.

            Requests to publish and to the callback API must be signed (AWS Signature Version 4) when there are \
            credentials: LAMBDALESS_ACCESS_KEY_ID with LAMBDALESS_SECRET_ACCESS_KEY, or --credentials. Without them \
            only loopback is served.

            Events are kept in the data folder, and are there again after a restart, unless --log memory is given.

            SIGTERM or Ctrl-C: stops accepting, says goodbye to every client (close code 1001) and exits with 0.
            """)

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let settings: ServeSettings
        do {
            settings = try ServeSettings(
                options, environment: ProcessInfo.processInfo.environment, cores: System.coreCount,
                readFile: { String(decoding: try InputFile(path: $0).readAll(), as: UTF8.self) })
        } catch let error as CredentialError {
            throw CommandFailure("\(error)")
        }
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        do {
            try await BrokerProcess(settings).run { address, contents in
                print(Greeting(settings: settings, address: address, logContents: contents).text)
                // To a pipe, too: whoever started the broker waits for these lines.
                fflush(nil)
            }
        } catch let error as GatewayError {
            throw CommandFailure("\(error)")
        } catch let error as EventLogError {
            throw CommandFailure("\(error)")
        }
    }
}
