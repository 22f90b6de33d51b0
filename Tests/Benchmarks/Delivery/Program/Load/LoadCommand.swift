import ArgumentParser

/// One measurement: opens connections, publishes, counts what arrives, and prints one JSON object.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Opens subscribers, publishes to them, and prints what the server's CPU time was worth.",
        discussion: """
            One thread does both sides, so that no more than --window events are ever under way: a broker that is flat \
            out is measured at what it can sustain, and not by how fast it fills queues.

            In --path, --hello, --publish-path and --event, %d becomes a topic's number of five digits; in --event, %t \
            becomes the time, and %p fills up to --event-bytes.
            """)

    @OptionGroup(title: "Subscribers") var subscribers: SubscriberOptions
    @OptionGroup(title: "Publishers") var publishers: PublisherOptions

    @Option(help: "The server's process, whose CPU time and memory are measured.")
    var serverPID: Int32

    @Option(help: "Seconds between the last connection and the first event.")
    var settle = 0.5

    @Option(help: "Seconds of publishing that are not measured.")
    var warm = 1.0

    @Option(help: "Seconds of publishing that are measured; 0 publishes nothing.")
    var seconds = 5.0

    @Flag(help: "Measure from the time an event was due until it was received.")
    var latency = false

    func run() throws {
        var load = try Load(self)
        print(try load.run().json)
    }
}

struct SubscriberOptions: ParsableArguments {
    @Option(help: "Port of 127.0.0.1.")
    var port: UInt16

    @Option(help: "Path and query of the WebSocket.")
    var path = "/"

    @Option(help: "Header of each handshake.")
    var upgradeHeader: [String] = []

    @Option(help: "How many connections.")
    var connections = 0

    @Option(help: "How many handshakes at a time.")
    var handshakes = 256

    @Option(help: "Text to send when the WebSocket is open.")
    var hello: String?

    @Option(help: "Frames that the server sends before a connection is ready.")
    var readyFrames = 0

    @Option(help: "How many topics connections spread over.")
    var topics = 1

    @Option(help: "Payload bytes of a message, for servers that put several into one frame; 0 counts frames.")
    var messageBytes = 0
}

struct PublisherOptions: ParsableArguments {
    enum Form: String, ExpressibleByArgument, CaseIterable {
        /// POST on keep-alive connections, one request at a time on each.
        case http
        /// PUB of NATS's own protocol, which nothing answers.
        case nats
    }

    @Option(help: "Port of 127.0.0.1 to publish to.")
    var publishPort: UInt16?

    @Option(help: "How to publish.")
    var form = Form.http

    @Option(help: "Path to POST to, or NATS subject.")
    var publishPath = "/"

    @Option(help: "What each connection says first.")
    var publishHello = ""

    @Option(help: "Header of each POST.")
    var header: [String] = []

    @Option(help: "How many connections publish.")
    var publishConnections = 4

    @Option(help: "An event.")
    var event = #"{"ts":%t,"pad":"%p"}"#

    @Option(help: "Bytes of an event.")
    var eventBytes = 500

    @Option(help: "Events in one request.")
    var batch = 1

    @Option(help: "What stands before the events of one request.")
    var prefix = ""

    @Option(help: "What stands between them.")
    var separator = "\n"

    @Option(help: "What stands behind them.")
    var suffix = ""

    @Option(help: "How many subscribers get each event; 0 when none does, which needs no window.")
    var fanout = 0

    @Option(help: "How many events may be under way.")
    var window = 64

    @Option(help: "Events per second; 0 for as many as the window lets through.")
    var rate = 0.0
}
