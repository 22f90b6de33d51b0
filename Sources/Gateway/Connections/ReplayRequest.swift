import Broker
import EventLog

/// What a client says of the past that it wants: the members of a `pattern` message beside the pattern, or the
/// parameters of the same names in a URL.
///
/// `after` (the `id` of an event, or the `sequence` of an acknowledgement), `since` (RFC 3339) or `from` (`horizon`, or
/// `latest` for none) say where to begin; `until` (RFC 3339), `limit` (events) and `speed` (events a second, or `2x` for
/// twice the original pace) how to go on.
enum ReplayRequest {
    /// Why a request is refused, in words for the client.
    struct Refusal: Error, Hashable, Sendable {
        let message: String
    }

    static let names = ["after", "since", "from", "until", "limit", "speed"]

    /// - Parameter value: the text of the value with a name; nil when it is not given.
    /// - Returns: nil when nothing of the past is asked for.
    static func replay(_ value: (String) -> String?) throws(Refusal) -> Replay? {
        let given = names.filter { value($0) != nil }
        guard !given.isEmpty else { return nil }
        let starts = given.filter { $0 == "after" || $0 == "since" || $0 == "from" }
        guard starts.count <= 1 else {
            throw Refusal(message: "\(starts.joined(separator: " and ")) exclude each other: each says where to begin")
        }
        guard let name = starts.first, let text = value(name) else {
            throw Refusal(message: "\(given[0]) needs one of after, since and from, which say where to begin")
        }
        let start = try start(name, text)
        guard let start else {
            guard given.count == 1 else { throw Refusal(message: "\(given[1]) is for the past, and latest has none") }
            return nil
        }
        var replay = Replay(start)
        replay.until = try value("until").map { text throws(Refusal) in try time("until", text) }
        replay.limit = try value("limit").map { text throws(Refusal) in
            guard let limit = Int(text), limit > 0 else {
                throw Refusal(message: "limit must be a number of events above 0, such as 100; it is \(quoted(text))")
            }
            return limit
        }
        replay.speed = try value("speed").map(speed)
        return replay
    }

    /// Whether `from` says that nothing of the past is wanted.
    static func startsNow(_ from: String?) -> Bool { from?.lowercased() == "latest" }

    private static func start(_ name: String, _ text: String) throws(Refusal) -> Replay.Start? {
        switch name {
        case "since":
            return .since(try time(name, text))
        case "from":
            switch text.lowercased() {
            case "horizon": return .horizon
            case "latest": return nil
            default: throw Refusal(message: "from must be horizon or latest; it is \(quoted(text))")
            }
        default:
            if let id = EventID(text) { return .after(id) }
            if let sequence = UInt64(text) { return .afterSequence(SequenceNumber(rawValue: sequence)) }
            throw Refusal(
                message: "after must be the id of an event or the sequence of an acknowledgement; it is \(quoted(text))"
            )
        }
    }

    private static func time(_ name: String, _ text: String) throws(Refusal) -> Int64 {
        if let time = RFC3339.milliseconds(text) { return time }
        throw Refusal(message: "\(name) must be a time such as 2026-11-21T01:02:03Z; it is \(quoted(text))")
    }

    private static func speed(_ text: String) throws(Refusal) -> Replay.Speed {
        let isFactor = text.last == "x"
        guard let number = Double(isFactor ? text.dropLast() : text[...]), number.isFinite, number > 0 else {
            throw Refusal(
                message: "speed must be events a second, such as 100, or a multiple of the original pace, such as 2x; "
                    + "it is \(quoted(text))")
        }
        return isFactor ? .timesOriginal(number) : .eventsPerSecond(number)
    }

    /// A client's text in an answer, of bounded length.
    private static func quoted(_ text: String) -> String {
        text.count <= 60 ? "\"\(text)\"" : "\"\(text.prefix(60))…\""
    }
}
