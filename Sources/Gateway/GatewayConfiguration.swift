package import Access
package import CoreMetrics
package import NIOCore

/// What a gateway serves, where, to whom, and within which limits.
package struct GatewayConfiguration: Sendable {
    /// Checks the signature of a request; its error is the answer.
    package typealias Verifier =
        @Sendable (SignableRequest, PayloadHash, SigningService) throws(AccessError) -> Principal

    /// The address or name to listen on.
    package var host = "127.0.0.1"
    /// The TCP port; 0 takes any free one.
    package var port = 8080
    /// The stages that clients connect to: `[A-Za-z0-9_-]{1,128}`, and none of ``reservedStages``.
    package var stages: Set<String> = ["dev"]
    /// Whether the route `sendmessage` is there; without it the action is answered like any unknown one.
    package var allowSendMessage = true
    /// Checks signatures at the publish and callback doors; `nil` when no credentials are configured.
    package var verifier: Verifier?
    /// Without ``verifier``, an address that other machines reach is served only when this says so.
    package var allowAnonymous = false
    /// Origins (`https://app.example.com`) of web pages that may use the gateway. A page on a loopback address always
    /// may. Enforced when there are no credentials, and whenever this is not empty.
    package var allowedOrigins: Set<String> = []

    package var webSocket = WebSocketSettings.standard
    package var compression = CompressionSettings()
    package var http = HTTPSettings()
    package var publishing = PublishSettings()
    /// How many WebSocket connections there may be at a time; a handshake beyond is refused with 503. `nil`: any number.
    package var connectionsMax: Int?
    /// How many polls may wait at a time; one beyond is refused with 429. Each takes about 17 KB, five times as much as an
    /// idle connection, and counts as one, too. Default 5,000.
    package var pollsMax = 5_000
    /// Events longer than this, in bytes of their envelope, are counted and not sent; `nil` sends all.
    package var eventBytesMax: Int?
    /// How long a shutdown waits for goodbyes before it cuts off what is left.
    package var shutdownTimeLimit = TimeAmount.seconds(10)

    /// Where counts go.
    package var metricsFactory: any MetricsFactory = NOOPMetricsHandler.instance
    /// The body of `GET /metrics`; `nil` answers 404.
    package var metricsText: (@Sendable () -> String)?

    /// How often limits in time are looked at, which is also their resolution.
    package var sweepInterval = TimeAmount.seconds(1)
    /// For conformance tests only: a stage outside ``stages`` whose connections send every message back.
    package var echoStage: String?

    package init() {}

    /// First path segments that have a meaning of their own.
    package static let reservedStages: Set<String> = ["health", "metrics", "@connections"]

    /// Takes API Gateway's quotas for everything that has one.
    package mutating func adoptAWSLimits() {
        webSocket = .aws
        eventBytesMax = 128 * 1024
        publishing.adoptAWSLimits()
    }
}

/// Limits and times of the HTTP side.
package struct HTTPSettings: Hashable, Sendable {
    /// How long a new connection may take to send its first request head.
    package var headTimeLimit = TimeAmount.seconds(10)
    /// How long a connection may stay open between requests, the next request's head included.
    package var keepAliveTimeLimit = TimeAmount.seconds(75)
    /// From when on the speed of a body counts.
    package var bodyGraceTime = TimeAmount.seconds(10)
    /// The slowest average speed of a body that is held in memory, in bytes per second.
    package var bodyBytesPerSecondMin = 256
    /// How long a streamed body may pause.
    package var streamIdleTimeLimit = TimeAmount.minutes(10)
    /// How long a client may take to read a part of a response.
    package var writeTimeLimit = TimeAmount.seconds(30)
    /// How long to go on reading a request that was refused before its end, so that the answer is not lost.
    package var lingerTimeLimit = TimeAmount.seconds(5)

    /// The longest body of an AWS JSON operation, in bytes.
    package var operationBytesMax = 16 * 1024 * 1024
    /// The longest body of a signed publish, which must be held to check its hash, in bytes.
    package var publishBytesMax = 64 * 1024 * 1024
    /// The longest event to ask matches for, in bytes.
    package var matchBytesMax = 4 * 1024 * 1024
    /// One header field and the request target, in bytes each.
    package var headerFieldBytesMax = 64 * 1024
    /// All header fields of a request together, in bytes.
    package var headersBytesMax = 128 * 1024

    package init() {}
}
