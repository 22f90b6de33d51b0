internal import JSONText

/// Writes the envelope of an event that is still to be published, from front to back: compact but for the detail, which
/// keeps the publisher's spelling. One allocation.
///
/// Every step is to be called once, in the order of the members; `resource` as often as there are resources, `cloudEvent`
/// only for one. A step is given a closure that appends JSON text: a string, or an object.
package struct EnvelopeWriter {
    private let envelope: Envelope
    private var out: [UInt8] = []
    private var timePlace = 0
    private var hasResources = false
    /// Bytes of what the publisher says.
    private var textBytes = 0

    /// - Parameter textBytes: about how many bytes the texts have that are to come.
    package init(_ envelope: Envelope, textBytes: Int) {
        self.envelope = envelope
        out.reserveCapacity(textBytes + Envelope.frameBytes)
        out.append(contentsOf: Envelope.beforeDetailType)
    }

    /// - Parameter append: appends the string as JSON.
    @inline(__always)
    package mutating func detailType(_ append: (inout [UInt8]) -> Void) {
        appendString(append)
    }

    @inline(__always)
    package mutating func source(_ append: (inout [UInt8]) -> Void) {
        out.append(contentsOf: Envelope.beforeSource)
        appendString(append)
    }

    @inline(__always)
    private mutating func appendString(_ append: (inout [UInt8]) -> Void) {
        let start = out.count
        append(&out)
        textBytes += out.count - start - 2
    }

    /// - Parameters:
    ///   - account: nil for that of the bus.
    ///   - region: nil for that of the bus.
    package mutating func origin(account: String? = nil, region: String? = nil) {
        guard account != nil || region != nil else { return append(envelope.origin) }
        textBytes += (account?.utf8.count ?? 0) + (region?.utf8.count ?? 0)
        append(Envelope.Origin(account: account ?? envelope.account, region: region ?? envelope.region))
    }

    private mutating func append(_ origin: borrowing Envelope.Origin) {
        timePlace = out.count + origin.timePlace
        out.append(origin.text.span)
    }

    package mutating func resource(_ append: (inout [UInt8]) -> Void) {
        if hasResources { out.append(UInt8(ascii: ",")) }
        hasResources = true
        appendString(append)
    }

    /// - Parameter append: appends the text of the detail; white space around it is taken away afterwards.
    @inline(__always)
    package mutating func detail<Failure: Error>(_ append: (inout [UInt8]) throws(Failure) -> Void) throws(Failure) {
        out.append(contentsOf: Envelope.beforeDetail)
        let start = out.count
        try append(&out)
        while out.count > start, Self.isSpace(out[out.count - 1]) { out.removeLast() }
        if out.count > start, Self.isSpace(out[start]) {
            out.removeSubrange(start..<(out[start...].firstIndex { !Self.isSpace($0) } ?? out.endIndex))
        }
        textBytes += out.count - start
    }

    package mutating func cloudEvent(_ append: (inout [UInt8]) -> Void) {
        out.append(contentsOf: Envelope.beforeCloudEvent)
        let start = out.count
        append(&out)
        textBytes += out.count - start
    }

    /// The draft; to be called last.
    package mutating func draft(time: Int64?) -> EventDraft {
        out.append(UInt8(ascii: "}"))
        // Given away, so that nobody else holds it.
        var envelope: [UInt8] = []
        swap(&envelope, &out)
        // A log counts the bytes that an event has, so it must not hold many more.
        if envelope.capacity > envelope.count + envelope.count / 4 + Self.spareBytes {
            envelope = envelope.span.array
        }
        return EventDraft(envelope: envelope, timePlace: timePlace, textBytes: textBytes, time: time)
    }

    private static let spareBytes = 128

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }
}
