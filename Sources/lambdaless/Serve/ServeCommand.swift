import ArgumentParser
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

            SIGTERM or Ctrl-C: stops accepting, says goodbye to every client (close code 1001) and exits with 0.
            """)

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let settings = try ServeSettings(
            options, environment: ProcessInfo.processInfo.environment, cores: System.coreCount,
            readFile: { try String(contentsOfFile: $0, encoding: .utf8) })
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        try await BrokerProcess(settings).run { address in
            print(Greeting(settings: settings, address: address).text)
            // To a pipe, too: whoever started the broker waits for these lines.
            fflush(nil)
        }
    }
}

/// What a started broker says: where it is and three lines to try.
struct Greeting {
    let settings: ServeSettings
    let address: SocketAddress

    var text: String {
        let port = address.port ?? settings.gateway.port
        let host = settings.gateway.host.contains(":") ? "[\(settings.gateway.host)]" : settings.gateway.host
        let stage = settings.gateway.stages.sorted().first ?? ""
        let program = CommandLine.arguments.first ?? "lambdaless"
        let endpoint = port == 8080 && stage == "dev" ? "" : " --endpoint-url http://\(host):\(port) --stage \(stage)"
        return """
            lambdaless is listening on \(host):\(port)
              WebSocket  ws://\(host):\(port)/\(stage)
              Publish    http://\(host):\(port)/\(stage)/events

            Try, in another terminal:
              \(program) subscribe '{"source":["demo"]}'\(endpoint)
              curl -d '{"source":"demo","detail-type":"Greeting","detail":{"text":"hello"}}' http://\(host):\(port)/\(stage)/events
              aws events put-events --endpoint-url http://\(host):\(port) --entries '[{"Source":"demo","DetailType":"Greeting","Detail":"{}"}]'
            """
    }
}
