/// What is kept of a named session between its connections: what it subscribes to, and how far its client has come.
package struct SessionRecord: Hashable, Sendable {
    package let key: SessionKey
    /// The pattern's text; nil for none.
    package var pattern: String?
    /// The client has everything up to here.
    package var cursor: SequenceNumber
    /// Whether the client itself says what it has; otherwise what reached it counts.
    package var isAcknowledging: Bool
    /// When a connection last had it, in milliseconds since 1970.
    package var lastUsed: Int64

    package init(
        key: SessionKey, pattern: String? = nil, cursor: SequenceNumber = .zero, isAcknowledging: Bool = false,
        lastUsed: Int64
    ) {
        self.key = key
        self.pattern = pattern
        self.cursor = cursor
        self.isAcknowledging = isAcknowledging
        self.lastUsed = lastUsed
    }
}

/// Which session: names are of a stage.
package struct SessionKey: Hashable, Comparable, Sendable {
    package let stage: String
    package let name: String

    package init(stage: String, name: String) {
        self.stage = stage
        self.name = name
    }

    package static func < (left: SessionKey, right: SessionKey) -> Bool {
        (left.stage, left.name) < (right.stage, right.name)
    }
}

/// Where sessions are kept, as durably as the log beside it.
package protocol SessionStore: Sendable {
    /// Everything that was saved and not deleted.
    func sessions() async throws -> [SessionRecord]

    /// Saves and deletes sessions, all or none. On return they are as durable as the store makes them.
    func save(_ changed: [SessionRecord], deleted: [SessionKey]) async throws

    /// Ends the store. To be called before its log is closed.
    func close() async
}

/// Keeps nothing: for a log in memory, with which the places of its sessions end.
package struct NoSessionStore: SessionStore {
    package init() {}

    package func sessions() -> [SessionRecord] { [] }

    package func save(_ changed: [SessionRecord], deleted: [SessionKey]) {}

    package func close() {}
}
