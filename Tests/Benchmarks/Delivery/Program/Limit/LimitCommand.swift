import ArgumentParser

/// The limit: what one thread can do with the system calls of a broker and nothing else.
struct LimitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "A server that writes each POST's lines, as one run of frames, to every WebSocket.",
        discussion: "Publish one event a request for one write per message, and 16 for 16 messages per write.")

    @Option(help: "Port to listen on.")
    var port: UInt16

    @Flag(help: "Write each line to one WebSocket, to another one each time, instead of all lines to all.")
    var spread = false

    func run() throws {
        var server = try LimitServer(port: port, isSpread: spread)
        server.serve()
    }
}
