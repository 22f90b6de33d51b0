/// What the publish doors take.
package struct PublishSettings: Hashable, Sendable {
    /// Whether publishers may use sources that begin with `aws.`, which EventBridge keeps for itself. Default: no.
    package var allowAWSSources = false
    /// Entries of one PutEvents request. Default: EventBridge's 10.
    package var entriesMax = 10
    /// Bytes of all entries of one PutEvents request, counted as EventBridge counts them. Default: its 1 MiB.
    package var entriesBytesMax = 1 << 20
    /// UTF-16 code units of the pattern of TestEventPattern; nil for as many as the language allows. EventBridge: 4,096.
    package var patternLengthMax: Int?
    /// Bytes of the texts of one event at `POST /{stage}/events`, as its envelope spells them. Default 4 MiB, so that
    /// 1 MiB of text fits however it is escaped.
    package var eventBytesMax = 4 << 20
    /// Bytes of one JSON document at `POST /{stage}/events`, which is held whole. Lines may go on without end.
    /// Default 64 MiB.
    package var documentBytesMax = 64 << 20
    /// Errors that the answer to lines lists; the rest is counted. Default 100.
    package var listedErrorsMax = 100
    /// Events that are appended to the log at once, of a document or of lines. Default 256.
    package var batchEventsMax = 256
    /// Bytes of events after which they are appended at once. Default 1 MiB.
    package var batchBytesMax = 1 << 20

    package init() {}

    /// Takes EventBridge's quotas for everything that has one.
    package mutating func adoptAWSLimits() {
        patternLengthMax = 4_096
        eventBytesMax = 1 << 20
    }

    /// Refuses the sources that only AWS services may use.
    func check(source: some Sequence<UInt8>) throws(EntryError) {
        if !allowAWSSources, source.starts(with: "aws.".utf8) { throw .notAuthorizedForSource }
    }
}
