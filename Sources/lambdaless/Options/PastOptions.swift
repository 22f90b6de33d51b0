import ArgumentParser
import Broker
import Client
import EventLog

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where in the past to begin.
struct PastOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Begin behind the event with this id, or behind the sequence number of an acknowledgement.",
            valueName: "id|sequence"),
        transform: PastOptions.place)
    var after: String?

    @Option(
        help: ArgumentHelp(
            "Begin with what arrived at this time, such as 2026-11-21T01:02:03Z, or this long ago, such as 10m or 2h.",
            valueName: "time|duration"),
        transform: PastOptions.time)
    var since: String?

    @Option(help: ArgumentHelp("Begin with the oldest event that the broker has: horizon.", valueName: "horizon"))
    var from: Beginning?

    /// The word is EventBridge's.
    enum Beginning: String, CaseIterable, ExpressibleByArgument { case horizon }

    func validate() throws {
        let given = [after.map { _ in "--after" }, since.map { _ in "--since" }, from.map { _ in "--from" }]
            .compactMap { $0 }
        if given.count > 1 {
            throw ValidationError("\(given.joined(separator: " and ")) exclude each other: each says where to begin")
        }
    }

    /// Nil where nothing is said of the past.
    var start: PastRange.Start? {
        if let after { return .after(after) }
        if let since { return .since(since) }
        return from.map { _ in .horizon }
    }

    private static func place(_ text: String) throws -> String {
        guard EventID(text) != nil || UInt64(text) != nil else {
            throw ValidationError("it is to be the id of an event, or a sequence number")
        }
        return text
    }

    /// A time for the broker, read from a time or from a length of time before now.
    static func time(_ text: String) throws -> String {
        if RFC3339.milliseconds(text) != nil { return text }
        if let duration = TimeLimit(argument: text)?.duration {
            let now = WallClock.system.now()
            return RFC3339.text(milliseconds: now - duration.components.seconds * 1_000, fraction: true)
        }
        throw ValidationError("it is to be a time such as 2026-11-21T01:02:03Z, or as long ago as 90s, 10m, 2h or 7d")
    }
}

/// Which part of the past, for commands that end with it.
struct PastPart: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "Only what matches: JSON, a file, - for stdin, or a name in Patterns/ (all events).")
    var pattern: String?

    @OptionGroup(title: "Beginning and end") var past: PastOptions

    @Option(
        help: ArgumentHelp("End with what arrived at this time, or this long ago (now).", valueName: "time|duration"),
        transform: PastOptions.time)
    var until: String?
}

/// How fast the past is given, as the broker reads it.
struct ReplaySpeed: Quantity {
    let text: String

    static let expectation = "events a second such as 100, or a multiple of the original pace such as 2x"

    init?(argument: String) {
        let number = Double(argument.last == "x" ? argument.dropLast() : argument[...])
        guard let number, number.isFinite, number > 0 else { return nil }
        text = argument
    }
}
