/// What is known of a connection at one moment.
package struct ConnectionStatus: Hashable, Sendable {
    package let id: ConnectionID
    package let stage: String
    /// When the handshake was done, in milliseconds since 1970.
    package let connectedAt: Int64
    /// When the last message went either way, in milliseconds since 1970.
    package var lastActiveAt: Int64
    /// The address of the peer, as text.
    package let sourceIP: String
    /// The `User-Agent` of the handshake, if there was one.
    package let userAgent: String?
    /// The stored pattern's text; nil when there is none.
    package var pattern: String?
    package var counters: Counters

    /// What a connection has been sent since it was opened.
    package struct Counters: Hashable, Sendable {
        /// Events that its pattern matched.
        package var matched = 0
        /// Messages written to it, events and others.
        package var sentMessages = 0
        package var sentBytes = 0
        /// Messages that were for it and were not sent.
        package var droppedMessages = 0
        package var droppedBytes = 0
        /// Bytes that wait for it now.
        package var queuedBytes = 0

        package init() {}
    }

    package init(
        id: ConnectionID, stage: String, connectedAt: Int64, lastActiveAt: Int64, sourceIP: String,
        userAgent: String?, pattern: String? = nil, counters: Counters = Counters()
    ) {
        self.id = id
        self.stage = stage
        self.connectedAt = connectedAt
        self.lastActiveAt = lastActiveAt
        self.sourceIP = sourceIP
        self.userAgent = userAgent
        self.pattern = pattern
        self.counters = counters
    }
}
