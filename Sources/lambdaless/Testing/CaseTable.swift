import Client
import JSONText

/// Runs a table of cases, one a line.
struct CaseTable {
    let format: OutputFormat

    private struct Tally {
        var lines = 0
        var cases = 0
        var differences = 0
        var unexpected = 0
        var faults = 0
    }

    /// - Throws: ``ExitStatus/negative`` where a case turns out differently than it expects, ``ExitStatus/failure``
    ///   where a line is no case.
    func run(_ file: InputFile) async throws {
        var splitter = LineSplitter()
        var tally = Tally()
        var output = OutputLines()
        for try await piece in file { splitter.append(piece) { run($0, &tally, &output) } }
        if let last = splitter.finish() { run(last, &tally, &output) }
        if format == .text { output.append(Self.summary(tally)) }
        output.flush()
        if tally.faults > 0 { throw ExitStatus.failure }
        if tally.differences > 0 { throw ExitStatus.negative }
    }

    private func run(_ line: [UInt8], _ tally: inout Tally, _ output: inout OutputLines) {
        tally.lines += 1
        guard line.contains(where: { !$0.isBlank }) else { return }
        let row: Case
        do {
            row = try Case(line: line)
        } catch {
            tally.faults += 1
            return Terminal.note("lambdaless: line \(tally.lines): \(error)")
        }
        tally.cases += 1
        let (result, message) = row.run()
        let differs = row.expect.map { $0 != result } ?? false
        if differs { tally.differences += 1 }
        if row.expect == nil { tally.unexpected += 1 }
        switch format {
        case .json: output.append(Self.json(row, result, message))
        case .text:
            guard differs || row.expect == nil else { return }
            let expectation = row.expect.map { "expected \($0.rawValue), got " } ?? ""
            let reason = message?.split(separator: "\n").first.map { ": \($0)" } ?? ""
            output.append(
                "line \(tally.lines): \(String(decoding: row.name, as: UTF8.self)): \(expectation)\(result.rawValue)\(reason)"
            )
        }
    }

    private static func json(_ row: Case, _ result: Case.Result, _ message: String?) -> [UInt8] {
        var object = JSONObjectWriter()
        object.add("name", string: row.name)
        object.add("result", json: result.json.utf8)
        if let message { object.add("message", message) } else { object.add("message", json: "null".utf8) }
        return object.line
    }

    private static func summary(_ tally: Tally) -> String {
        var parts = ["\(tally.cases) cases", "\(tally.cases - tally.differences - tally.unexpected) as expected"]
        if tally.differences > 0 { parts.append("\(tally.differences) differ") }
        if tally.unexpected > 0 { parts.append("\(tally.unexpected) without expectation") }
        if tally.faults > 0 { parts.append("\(tally.faults) lines are no case") }
        return "\(parts[0]): \(parts.dropFirst().joined(separator: ", "))"
    }
}
