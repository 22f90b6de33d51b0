// How fast the logs store, read and find events, beside a bare SQLite loop in the same run: "$(Deploy/build event-log-benchmark)"
import ArgumentParser
import EventLog
import EventLogSQLite
import Foundation
import Logging

@main
struct EventLogBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event-log-benchmark",
        abstract: "Measure the event logs, and SQLite alone as the limit of the one on disk.",
        discussion: """
            Prints one JSON object a line. "limit" is the same work in a bare loop over SQLite's own calls, with the \
            same runs, transactions and settings, right before (for "find", with a row and an index entry for each \
            event); "ratio" is the log's rate divided by it. "SQLite, rows" is that loop with a row for each event. On \
            a machine that others use as well, the processor's time tells more than the rate.
            """)

    @Option(help: "Folder for the files; they are removed.")
    var folder = FileManager.default.temporaryDirectory.path

    @Option(help: "Events to append, in batches of 100 and 1,000; fewer in smaller ones.")
    var events = 200_000

    @Option(help: "Only what has this in its name.")
    var filter: String?

    func run() async throws {
        let bench = Bench(
            folder: folder + "/event-log-benchmark-\(getpid())", events: Bench.makeEvents(events), filter: filter)
        try FileManager.default.createDirectory(atPath: bench.folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: bench.folder) }
        for batch in [1, 10, 100, 1_000] {
            try await bench.append(batch: batch, appenders: 1)
        }
        try await bench.append(batch: 10, appenders: 16)
        try await bench.readAndFind()
    }
}

/// One run of the benchmark.
struct Bench: Sendable {
    let folder: String
    let events: [Event]
    let filter: String?

    /// Envelopes of 500 to 700 bytes, as most are.
    static func makeEvents(_ count: Int) -> [Event] {
        let ids = EventIDGenerator()
        var random = SystemRandomNumberGenerator()
        let start = SystemTime.milliseconds()
        return (0..<count).map { n in
            let id = ids.next(at: start + Int64(n / 100))
            let filler = (0..<Int.random(in: 420...620, using: &random)).map { _ in
                UInt8.random(in: 97...122, using: &random)
            }
            let envelope = Array(#"{"id":"\#(id)","detail":{"n":\#(n),"filler":""#.utf8) + filler + Array("\"}}".utf8)
            return Event(id: id, time: id.time, envelope: envelope)
        }
    }

    private func openLog(_ name: String, _ flushing: SQLiteEventLog.Flushing) throws -> SQLiteEventLog {
        var options = SQLiteEventLog.Options()
        options.flushing = flushing
        options.bytes = .max / 4
        return try SQLiteEventLog(
            folder: folder + "/" + name, options: options, logger: Logger(label: "benchmark"))
    }

    private func remove(_ name: String) {
        try? FileManager.default.removeItem(atPath: folder + "/" + name)
    }

    /// Appends as many as fit a few seconds: each commit may wait for the disk.
    func append(batch: Int, appenders: Int) async throws {
        let name = appenders == 1 ? "append \(batch)" : "append \(batch) by \(appenders)"
        guard filter.map(name.contains) ?? true else { return }
        let count = min(events.count, batch * appenders * 20_000)
        let memory = MemoryEventLog()
        report(name, "memory", count, try await time { try await append(count, batch, appenders, to: memory) })
        for flushing in SQLiteEventLog.Flushing.allCases {
            let count = flushing == .full ? min(count, batch * appenders * 300) : count
            let rows = try await appendBare(count, batch * appenders, flushing, .rows)
            report(name, "SQLite, rows, \(flushing)", count, rows)
            let limit = try await appendBare(count, batch * appenders, flushing, .runs)
            let log = try openLog("log", flushing)
            let took = try await time { try await append(count, batch, appenders, to: log) }
            await log.close()
            remove("log")
            report(name, "disk, \(flushing)", count, took, limit: limit)
        }
    }

    private func appendBare(
        _ count: Int, _ batch: Int, _ flushing: SQLiteEventLog.Flushing, _ layout: BareSQLite.Layout
    ) async throws -> Cost {
        let bare = try BareSQLite(folder + "/bare.sqlite", synchronous: flushing.rawValue, layout: layout)
        defer {
            bare.close()
            remove("bare.sqlite")
        }
        return try await time { try bare.append(events[..<count], batch: batch) }
    }

    private func append(_ count: Int, _ batch: Int, _ appenders: Int, to log: some EventLog) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for appender in 0..<appenders {
                group.addTask {
                    for start in stride(from: appender * batch, to: count, by: batch * appenders) {
                        _ = try await log.append(Array(events[start..<min(start + batch, count)]))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    func readAndFind() async throws {
        guard filter.map({ "read find".contains($0) }) ?? true else { return }
        let memory = MemoryEventLog()
        try await append(events.count, 1_000, 1, to: memory)
        report("read", "memory", events.count, try await time { try await read(memory) })
        let found = Array(events.shuffled().prefix(50_000))
        _ = memory.place(of: found[0].id)
        report("find", "memory", found.count, try await time { try await find(found, in: memory) })

        var limits: [Cost] = []
        for layout in BareSQLite.Layout.allCases {
            let bare = try BareSQLite(folder + "/bare.sqlite", synchronous: "normal", layout: layout)
            try bare.append(events[...], batch: 1_000)
            limits.append(try await time { try layout == .runs ? bare.read(events.count) : bare.find(found) })
            bare.close()
            remove("bare.sqlite")
        }
        let log = try openLog("log", .normal)
        try await append(events.count, 1_000, 1, to: log)
        await log.close()
        // Opened again, so that nothing is in its memory.
        let again = try openLog("log", .normal)
        report("read", "disk, normal", events.count, try await time { try await read(again) }, limit: limits[0])
        report(
            "find", "disk, normal", found.count, try await time { try await find(found, in: again) }, limit: limits[1])
        await again.close()
        remove("log")
    }

    private func read(_ log: some EventLog) async throws {
        var position = SequenceNumber.zero
        var count = 0
        while let last = try await {
            let slice = try await log.read(after: position, maxEvents: 1_024, maxBytes: 1 << 20)
            count += slice.events.count
            return slice.events.last
        }() {
            position = last.sequence
        }
        guard count == events.count else { throw Failure(reason: "read \(count) events of \(events.count)") }
    }

    private func find(_ found: [Event], in log: some EventLog) async throws {
        for event in found {
            guard try await log.place(of: event.id) != nil else { throw Failure(reason: "an event is not there") }
        }
    }

    /// What a piece of work took.
    struct Cost {
        let time: Duration
        /// Of all threads.
        let processorTime: Duration
    }

    private func time(_ work: () async throws -> Void) async throws -> Cost {
        let (start, processorStart) = (ContinuousClock.now, processorTime)
        try await work()
        return Cost(time: .now - start, processorTime: processorTime - processorStart)
    }

    private var processorTime: Duration {
        var usage = rusage()
        #if canImport(Glibc)
            let process = RUSAGE_SELF.rawValue
        #else
            let process = RUSAGE_SELF
        #endif
        // The call writes the one structure, which lives until it returns.
        unsafe getrusage(process, &usage)
        func duration(_ time: timeval) -> Duration {
            .seconds(Int64(time.tv_sec)) + .microseconds(Int64(time.tv_usec))
        }
        return duration(usage.ru_utime) + duration(usage.ru_stime)
    }

    private func report(_ name: String, _ log: String, _ count: Int, _ took: Cost, limit: Cost? = nil) {
        func rate(_ time: Duration) -> Int { Int(Double(count) / (time / .seconds(1))) }
        func each(_ time: Duration) -> String { String(format: "%.2f", time / .microseconds(1) / Double(count)) }
        var line = """
            {"benchmark":"\(name)","log":"\(log)","events":\(count),"eventsPerSecond":\(rate(took.time)),\
            "processorMicrosecondsPerEvent":\(each(took.processorTime))
            """
        if let limit {
            line += """
                ,"limit":{"eventsPerSecond":\(rate(limit.time)),\
                "processorMicrosecondsPerEvent":\(each(limit.processorTime))},\
                "ratio":\(String(format: "%.2f", limit.time / took.time)),\
                "processorRatio":\(String(format: "%.2f", limit.processorTime / took.processorTime))
                """
        }
        print(line + "}")
        fflush(nil)
    }
}

struct Failure: Error {
    let reason: String
}
