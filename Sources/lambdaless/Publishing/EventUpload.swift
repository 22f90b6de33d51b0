import Access
import Client
import JSONText

/// Publishes the events of a file or of stdin in one request.
struct EventUpload {
    let broker: RemoteBroker

    /// So much of one JSON document is sent: the broker holds it whole. Lines have no limit.
    private static let documentBytesMax = 64 << 20

    /// - Returns: the broker's answer about the events, whatever its status.
    /// - Throws: ``CommandFailure`` where the input is not readable or not JSON, or no broker answers.
    func publish(_ input: InputFile) async throws -> HTTPResponse {
        switch try await EventInput.begin(input) {
        case .lines(let lines): try await publish(lines)
        case .document(let bytes): try await publish(document: bytes)
        }
    }

    private func publish(_ lines: EventLines) async throws -> HTTPResponse {
        let request = HTTPRequest(
            "POST", "\(broker.stagePath)/events", headers: [("Content-Type", "application/x-ndjson")],
            service: .events)
        do {
            return try await broker.http.withConnection { connection in
                var answer: [UInt8] = []
                var refusal: HTTPResponse?
                try await connection.stream(request, body: lines, refused: { refusal = $0 }, { answer += $0 })
                return refusal ?? HTTPResponse(status: 200, headers: [], body: answer)
            }
        } catch let error as ClientError {
            throw CommandFailure("\(error.message); \(lines.progress)")
        }
    }

    private func publish(document: [UInt8]) async throws -> HTTPResponse {
        do {
            _ = try JSONValidator.validate(document)
        } catch {
            throw CommandFailure("the input is neither JSON nor one event a line: \(error)")
        }
        guard document.count <= Self.documentBytesMax else {
            throw CommandFailure("the input is over \(Self.documentBytesMax >> 20) MiB; write one event a line instead")
        }
        return try await broker.send(
            HTTPRequest(
                "POST", "\(broker.stagePath)/events", headers: [("Content-Type", "application/json")], body: document,
                service: .events))
    }
}
