import ArgumentParser
import EventLogSQLite
import Gateway

/// The flags of `serve`. None has a default here: a flag that is not given leaves the word to the environment.
struct ServeOptions: ParsableArguments {
    @Option(help: "Address to listen on (127.0.0.1).")
    var host: String?

    @Option(help: "Port to listen on (8080); 0 takes a free one.")
    var port: Int?

    @Option(help: "A stage that clients connect to (dev). Repeat it for several.")
    var stage: [String] = []

    @Option(help: "AWS region in the envelope of events (us-east-1).")
    var region: String?

    @Option(help: "AWS account in the envelope of events (000000000000).")
    var account: String?

    @Option(help: "Event loops, each on a thread of its own (one per core).")
    var eventLoops: Int?

    @Option(help: "WebSocket connections at a time (what the limit of open files allows); more are refused with 503.")
    var maxConnections: Int?

    @Option(help: "Limits to start from: standard, or aws for API Gateway's own.")
    var compatibility: Compatibility?

    @Option(help: "AWS credentials file; each profile in it may publish and use the callback API.")
    var credentials: String?

    @Flag(help: "Serve addresses beyond loopback although no credentials are configured.")
    var allowAnonymous = false

    @Option(help: "Origin of web pages that may connect, such as https://app.example.com. Repeat it for several.")
    var allowedOrigin: [String] = []

    @Flag(help: "Take events whose source begins with 'aws.', which AWS keeps for itself.")
    var allowAwsSources = false

    @Flag(help: "Answer the action 'sendmessage', which sends to every connection of the stage, like an unknown one.")
    var noSendmessage = false

    @Option(help: "Longest message from a client or through @connections, in bytes (131072).")
    var messageBytes: Int?

    @Option(help: "Longest frame from a client, in bytes (that of a message; aws: 32768).")
    var frameBytes: Int?

    @Option(help: "Bytes that may wait for a client that does not keep up (16777216).")
    var queueBytes: Int?

    @Option(help: "What happens to a client for which more would wait: close, or drop-oldest (close).")
    var slowConsumer: SlowConsumerPolicy?

    @Option(help: "Compress events from so many bytes on for clients that offer permessage-deflate; 0 for none (0).")
    var compressFrom: Int?

    @Option(help: "Seconds without a message after which a connection is closed; 0 for never (0; aws: 600).")
    var idleTimeout: Int?

    @Option(help: "Seconds after which any connection is closed; 0 for never (0; aws: 7200).")
    var lifetime: Int?

    @Option(help: "Seconds of silence after which a client is pinged; 0 for never (30; aws: 0).")
    var pingInterval: Int?

    @Option(help: "Seconds that a named session is kept without a connection (604800).")
    var sessionExpiry: Int?

    @Option(help: "Where events are kept: disk, or memory for as long as the broker runs (disk).")
    var log: LogKind?

    @Option(help: "Folder of the log on disk; made if it is missing, used by one broker at a time (./lambdaless-data).")
    var data: String?

    @Option(
        help: ArgumentHelp(
            "When what is published is flushed to the disk: normal, or full for before it is answered (normal).",
            discussion: """
                With either, what was answered survives the end of the broker, however it ends. With normal, a crash of \
                the operating system or a power loss may take the newest events.
                """))
    var fsync: SQLiteEventLog.Flushing?

    @Option(help: "How long events are kept: 90s, 15m, 12h, 7d, or never for without end (7d).")
    var retentionAge: TimeLimit?

    @Option(help: "How much is kept, as 64MiB or 1GiB; beyond, the oldest events leave (1GiB; in memory 256MiB).")
    var retentionBytes: ByteCount?

    @Option(
        help:
            "Least important log level to write to standard error: trace, debug, info, notice, warning, error, critical (notice)."
    )
    var logLevel: String?
}

/// Which limits a broker starts from.
enum Compatibility: String, ExpressibleByArgument, CaseIterable {
    /// What suits a self-hosted broker.
    case standard
    /// All of API Gateway's quotas for WebSocket APIs.
    case aws
}

extension SlowConsumerPolicy: ExpressibleByArgument {}
