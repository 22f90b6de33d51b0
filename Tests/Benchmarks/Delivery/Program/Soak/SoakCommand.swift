import ArgumentParser

/// A long run under load, which must lose nothing and need no more memory as time goes by.
struct SoakCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Keeps a broker busy while connections come and go, and holds that every event comes once, in order.",
        discussion: """
            The broker must have had no event yet. Prints one JSON object; exit status 1 when an event was lost, came \
            twice or out of order, when a connection was closed, or when the broker's memory grew.
            """)

    @Option(help: "The broker's process.")
    var serverPID: Int32

    @Option(help: "The broker's port on 127.0.0.1.")
    var port: UInt16

    @Option(help: "For how long.")
    var seconds = 1_800.0

    @Option(help: "Which share of a core the broker is to use.")
    var share = 0.7

    @Option(help: "Connections that stay.")
    var staying = 200

    @Option(help: "Connections that come, stay up to two seconds, and go.")
    var changing = 64

    /// A quarter of an hour's fluctuation; a leak of a few bytes an event would show as more.
    private static let growthMax = 1.1
    private static let growthBytesMax = 4 << 20

    func validate() throws {
        guard seconds >= 4, staying > 0 else { throw ValidationError("--seconds from 4, --staying from 1") }
    }

    func run() throws {
        var soak = try Soak(self)
        let report = try soak.run()
        print(report.json)
        let (early, late) = (report.value("early_bytes"), report.value("late_bytes"))
        guard Double(late) <= Double(early) * Self.growthMax + Double(Self.growthBytesMax) else {
            throw SoakFault("memory grew from \(early) to \(late) bytes")
        }
    }
}
