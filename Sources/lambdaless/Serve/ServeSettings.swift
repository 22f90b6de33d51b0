import Access
import ArgumentParser
import Broker
import Gateway
import Logging
import NIOCore

/// What `serve` was asked to do: each setting from the command line, else from the environment, else its default.
struct ServeSettings: Sendable {
    var gateway = GatewayConfiguration()
    var envelope: Envelope
    var log = LogSettings()
    var sessions = Sessions.Limits()
    var credentials = CredentialStore()
    var eventLoops: Int
    var logLevel = Logger.Level.notice

    /// - Parameters:
    ///   - cores: how many cores the machine has.
    ///   - readFile: the text of the credentials file.
    init(
        _ options: ServeOptions, environment: [String: String], cores: Int, readFile: (String) throws -> String
    ) throws {
        func setting(_ flag: String) -> Setting { Setting(flag: flag, environment: environment) }

        let isAWS = try setting("compatibility").value(options.compatibility) == .aws
        if isAWS {
            gateway.adoptAWSLimits()
        }
        gateway.host = try setting("host").value(options.host) ?? gateway.host
        gateway.port = try setting("port").number(options.port, in: 0...65_535) ?? gateway.port
        gateway.stages = setting("stage").list(options.stage).map(Set.init) ?? gateway.stages
        gateway.allowAnonymous = try setting("allow-anonymous").isOn(options.allowAnonymous)
        gateway.allowedOrigins = setting("allowed-origin").list(options.allowedOrigin).map(Set.init) ?? []
        gateway.allowSendMessage = try !setting("no-sendmessage").isOn(options.noSendmessage)
        gateway.publishing.allowAWSSources = try setting("allow-aws-sources").isOn(options.allowAwsSources)

        let bytes = 1...(1 << 40)
        func limit(_ flag: String, _ given: Int?, _ value: inout Int) throws {
            value = try setting(flag).number(given, in: bytes) ?? value
        }
        try limit("message-bytes", options.messageBytes, &gateway.webSocket.messageBytesMax)
        // Clients send a message as one frame; only API Gateway has a limit of its own for frames.
        if !isAWS { gateway.webSocket.frameBytesMax = gateway.webSocket.messageBytesMax }
        try limit("frame-bytes", options.frameBytes, &gateway.webSocket.frameBytesMax)
        try limit("queue-bytes", options.queueBytes, &gateway.webSocket.outboundQueueBytesMax)
        gateway.webSocket.slowConsumerPolicy =
            try setting("slow-consumer").value(options.slowConsumer) ?? gateway.webSocket.slowConsumerPolicy
        if let bytesMin = try setting("compress-from").number(options.compressFrom, in: 0...1 << 40), bytesMin > 0 {
            gateway.compression.eventBytesMin = bytesMin
        }

        log.kind = try setting("log").value(options.log) ?? log.kind
        log.folder = try setting("data").value(options.data) ?? log.folder
        log.flushing = try setting("fsync").value(options.fsync) ?? log.flushing
        try log.check()
        if let limit = try setting("retention-age").value(options.retentionAge) { log.age = limit.duration }
        log.bytes = try setting("retention-bytes").value(options.retentionBytes)?.bytes

        if let seconds = try setting("session-expiry").number(options.sessionExpiry, in: 1...31_536_000_000) {
            sessions.expiry = Int64(seconds) * 1_000
        }

        func time(_ flag: String, _ given: Int?, _ value: inout TimeAmount?) throws {
            guard let seconds = try setting(flag).number(given, in: 0...31_536_000) else { return }
            value = seconds == 0 ? nil : .seconds(Int64(seconds))
        }
        try time("idle-timeout", options.idleTimeout, &gateway.webSocket.idleTimeLimit)
        try time("lifetime", options.lifetime, &gateway.webSocket.lifetimeLimit)
        try time("ping-interval", options.pingInterval, &gateway.webSocket.pingInterval)

        envelope = Envelope(
            account: try Self.account(setting("account").value(options.account) ?? "000000000000"),
            region: try setting("region").value(options.region) ?? "us-east-1")
        eventLoops = try setting("event-loops").number(options.eventLoops, in: 1...1024) ?? cores
        gateway.connectionsMax = try setting("max-connections").number(options.maxConnections, in: 1...1_000_000_000)
        if let level = try setting("log-level").value(options.logLevel) {
            guard let known = Logger.Level(rawValue: level.lowercased()) else {
                let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--log-level takes one of \(names), not '\(level)'")
            }
            logLevel = known
        }
        credentials = try CredentialStore(environment: environment)
        if let file = try setting("credentials").value(options.credentials) {
            do {
                try credentials.merge(CredentialStore(file: readFile(file)))
            } catch let error as CredentialError {
                throw ValidationError("\(file): \(error)")
            }
            if credentials.isEmpty { throw ValidationError("\(file) holds no credentials") }
        }
    }

    private static func account(_ text: String) throws -> String {
        guard text.utf8.count == 12, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw ValidationError("--account takes 12 digits, not '\(text)'")
        }
        return text
    }
}
