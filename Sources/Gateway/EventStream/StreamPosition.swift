import EventLog

/// Where the client of a stream is: what it brings along as `Last-Event-ID` when it comes back.
///
/// The place is that of an event, or a sequence number; behind a slash follows how many events are still to come, in a
/// stream that was asked for so many. `EventSource` comes back also when a stream has ended, with nothing but this: so
/// it says itself that there is no more.
struct StreamPosition: CustomStringConvertible {
    /// What `after` of a ``ReplayRequest`` takes.
    let place: String
    /// How many events are still to come; 0 behind the end, nil for a stream that goes on.
    let left: Int?

    init(_ sequence: SequenceNumber, _ event: EventID?, left: Int?) {
        place = event?.description ?? sequence.description
        self.left = left
    }

    /// - Parameter text: what a client brought along. What is no number behind a slash is left to the place, which is
    ///   none then.
    init(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, let left = Int(parts[1]), left >= 0 {
            (place, self.left) = (String(parts[0]), left)
        } else {
            (place, left) = (text, nil)
        }
    }

    /// The text that a client brought along; nil when it begins anew.
    ///
    /// - Throws: the answer to a text that is no place, which names the header: what is said of `after` is about the URL.
    static func text(broughtBy request: GatewayRequest) throws(GatewayResponse.Refusal) -> String? {
        guard let text = request.header("last-event-id"), !text.isEmpty else { return nil }
        let place = StreamPosition(text).place
        guard EventID(place) != nil || UInt64(place) != nil else {
            throw .init(
                .error(
                    400, "BadRequestException",
                    "the header Last-Event-ID must be an id that came with an event, or the sequence of an "
                        + "acknowledgement; it is \"\(text.prefix(60))\""))
        }
        return text
    }

    /// What stands behind a place.
    static func mark(_ left: Int) -> String { "/\(left)" }

    var description: String { place + (left.map(Self.mark) ?? "") }
}
