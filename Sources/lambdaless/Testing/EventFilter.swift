import Client
import EventPattern
import JSONText

/// Passes on the events, one a line, that a pattern matches.
struct EventFilter {
    let pattern: EventPattern
    let format: OutputFormat

    /// Whether `text` is events one a line, rather than one event that may be spread over lines.
    static func isManyEvents(_ text: [UInt8]) -> Bool {
        let lines = text.split(separator: UInt8(ascii: "\n")).filter { line in line.contains { !$0.isBlank } }
        guard lines.count > 1, let first = lines.first else { return false }
        return (try? JSONValidator.validate(Array(first))) != nil
    }

    private struct Tally {
        var lines = 0
        var matches = 0
        var faults = 0
    }

    /// Filters as the lines come, each at once where somebody watches.
    func run(_ file: InputFile) async throws {
        var splitter = LineSplitter()
        var tally = Tally()
        var output = OutputLines()
        for try await piece in file {
            splitter.append(piece) { filter($0, &tally, &output) }
            output.flush()
        }
        if let last = splitter.finish() { filter(last, &tally, &output) }
        output.flush()
        try end(tally)
    }

    func run(_ text: [UInt8]) throws {
        var splitter = LineSplitter()
        var tally = Tally()
        var output = OutputLines()
        splitter.append(text) { filter($0, &tally, &output) }
        if let last = splitter.finish() { filter(last, &tally, &output) }
        output.flush()
        try end(tally)
    }

    private func filter(_ line: [UInt8], _ tally: inout Tally, _ output: inout OutputLines) {
        tally.lines += 1
        guard line.contains(where: { !$0.isBlank }) else { return }
        do {
            let matched = try pattern.matches(line)
            if matched { tally.matches += 1 }
            switch format {
            case .text: if matched { output.append(line) }
            case .json: output.append(#"{"line":\#(tally.lines),"result":\#(matched)}"#)
            }
        } catch {
            tally.faults += 1
            let message = "line \(tally.lines): the event is not valid JSON: \(error.message) (column \(error.column))"
            switch format {
            case .text: Terminal.note("lambdaless: \(message)")
            case .json:
                var object = JSONObjectWriter()
                object.add("line", tally.lines)
                object.add("result", "error")
                object.add("message", message)
                output.append(object.line)
            }
        }
    }

    private func end(_ tally: Tally) throws {
        if tally.faults > 0 { throw ExitStatus.failure }
        if tally.matches == 0 { throw ExitStatus.negative }
    }
}

extension UInt8 {
    /// Whether the byte is white space of JSON.
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
