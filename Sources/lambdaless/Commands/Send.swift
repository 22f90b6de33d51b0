import ArgumentParser
import JSONDocument

struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a message to one connection.")

    @Argument(help: ArgumentHelp("The connection.", valueName: "id"))
    var connection: ConnectionIDArgument

    @Argument(help: "The text to send, or - for stdin.")
    var data: String

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let broker = try options.broker(.callback)
        let message = data == "-" ? try InputFile(path: data).readAll() : Array(data.utf8)
        _ = try await broker.answer(to: broker.connectionRequest("POST", connection.text, body: message))
        var lines = OutputLines()
        switch format.output {
        case .text: lines.append("sent \(message.count) bytes to \(connection.text)")
        case .json:
            let answer: JSONValue = [
                "connectionId": .string(connection.text), "status": "sent", "bytes": .integer(Int64(message.count)),
            ]
            lines.append(answer.serialized())
        }
    }
}
