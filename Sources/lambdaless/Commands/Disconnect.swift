import ArgumentParser
import JSONDocument

struct Disconnect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Close one connection.")

    @Argument(help: ArgumentHelp("The connection.", valueName: "id"))
    var connection: ConnectionIDArgument

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let broker = try options.broker(.callback)
        _ = try await broker.answer(to: broker.connectionRequest("DELETE", connection.text))
        var lines = OutputLines()
        switch format.output {
        case .text: lines.append("disconnected \(connection.text)")
        case .json:
            let answer: JSONValue = ["connectionId": .string(connection.text), "status": "disconnected"]
            lines.append(answer.serialized())
        }
    }
}
