import Access
import Client
import JSONDocument
import JSONText

/// Publishes the events of a file or of stdin.
struct EventUpload {
    let broker: RemoteBroker
    let format: OutputFormat

    /// One request may carry this much that is not one event a line: the broker holds it whole.
    private static let documentBytesMax = 64 << 20
    /// So many refused events are listed; the rest is counted.
    private static let listedRefusalsMax = 20

    /// - Throws: ``CommandFailure`` or ``ExitStatus``.
    func run(_ input: InputFile) async throws {
        let lines = EventLines(input)
        let results: Results
        switch try await lines.begin() {
        case .lines: results = try await publish(lines)
        case .document(let bytes): results = try await publish(document: bytes)
        }
        try report(results, input)
    }

    private func publish(_ lines: EventLines) async throws -> Results {
        let request = HTTPRequest(
            "POST", "\(broker.stagePath)/events", headers: [("Content-Type", "application/x-ndjson")],
            service: .events)
        let format = format
        do {
            return try await broker.http.withConnection { connection in
                var results = Results(format: format, places: lines)
                try await connection.stream(request, body: lines, refused: { throw RemoteBroker.failure($0) }) { line in
                    try results.take(line)
                }
                return results
            }
        } catch let error as ClientError {
            throw CommandFailure("\(error.message); \(lines.progress)")
        }
    }

    private func publish(document: [UInt8]) async throws -> Results {
        do {
            _ = try JSONValidator.validate(document)
        } catch {
            throw CommandFailure("the input is neither JSON nor one event a line: \(error)")
        }
        guard document.count <= Self.documentBytesMax else {
            throw CommandFailure("the input is over \(Self.documentBytesMax >> 20) MiB; write one event a line instead")
        }
        let request = HTTPRequest(
            "POST", "\(broker.stagePath)/events", headers: [("Content-Type", "application/json")], body: document,
            service: .events)
        var results = Results(format: format, places: nil)
        try results.take(try await broker.answer(to: request).body)
        return results
    }

    private func report(_ results: Results, _ input: InputFile) throws {
        results.flush()
        if format == .text {
            for refusal in results.refusals.prefix(Self.listedRefusalsMax) { Terminal.note("lambdaless: \(refusal)") }
            if results.refusedCount > Self.listedRefusalsMax {
                Terminal.note("lambdaless: and \(results.refusedCount - Self.listedRefusalsMax) more")
            }
            let total = results.publishedCount + results.refusedCount
            if total == 1, let id = results.onlyID {
                Terminal.write(Array("\(id)\n".utf8), to: 1)
            } else {
                Terminal.write(Array("published \(results.publishedCount) of \(total) events\n".utf8), to: 1)
            }
        }
        if results.refusedCount > 0 { throw ExitStatus.negative }
    }
}
