import Access
import Client
import Synchronization

/// Publishes the lines of an input in batches, each when the one before is stored; a batch whose answer does not come is
/// sent again under the same key.
final class BatchUpload: Sendable {
    /// Attempts for one batch before it is given up: about a minute.
    private static let attemptsMax = 8
    /// Refusals that are told one by one.
    private static let refusalsMax = 10_000

    private struct Totals {
        var published = 0
        var known = 0
        var refused = 0
        var refusals: [PublishReport.Refusal] = []
        /// The last line that the broker has dealt with.
        var line = 0
        var batches = 0
        /// The batch under work has been sent before.
        var isRepeated = false
    }

    private let broker: RemoteBroker
    private let input: BatchInput
    private let totals = Mutex(Totals())

    init(broker: RemoteBroker, input: BatchInput) {
        self.broker = broker
        self.input = input
    }

    /// - Throws: ``CommandFailure`` where the input cannot be read, or the broker takes no more of it.
    func run() async throws -> PublishReport {
        var backoff = Backoff()
        var attempts = 0
        while true {
            let before = totals.withLock { $0.batches }
            do {
                try await send()
                return totals.withLock {
                    PublishReport(
                        publishedCount: $0.published, knownCount: $0.known, refusedCount: $0.refused, ids: [],
                        refusals: $0.refusals,
                        unit: "line")
                }
            } catch let failure as Passing {
                if totals.withLock({ $0.batches }) > before {
                    attempts = 0
                    backoff.reset()
                }
                attempts += 1
                let isFirst = totals.withLock { $0.batches } == 0
                guard attempts < Self.attemptsMax, !(isFirst && failure.isUnreachable) else {
                    throw CommandFailure(failure.reason + progress)
                }
                let wait = backoff.next()
                Terminal.note("lambdaless: \(failure.reason); trying again in \(Int(wait * 1000)) ms")
                try await Task.sleep(for: .seconds(wait))
            } catch let failure as CommandFailure {
                throw CommandFailure(failure.message + progress, status: failure.status)
            }
        }
    }

    /// A reason to send a batch once more.
    private struct Passing: Error {
        let reason: String
        var isUnreachable = false
    }

    private var progress: String {
        let (line, published) = totals.withLock { ($0.line, $0.published + $0.known) }
        return line == 0 ? "" : "; of the lines up to \(line) \(published) had been published"
    }

    private func send() async throws {
        do {
            try await broker.http.withConnection { connection in
                while let batch = try await self.input.current() {
                    let isRepeated = self.totals.withLock { totals in
                        defer { totals.isRepeated = true }
                        return totals.isRepeated
                    }
                    let response = try await connection.send(self.request(batch))
                    try self.note(response, batch, isRepeated: isRepeated)
                    await self.input.done()
                }
            }
        } catch let error as ClientError where error.kind != .badEndpoint {
            throw Passing(reason: error.message, isUnreachable: error.kind == .unreachable)
        }
    }

    private func request(_ batch: LineBatch) -> HTTPRequest {
        HTTPRequest(
            "POST", "\(broker.stagePath)/events",
            headers: [("Content-Type", "application/x-ndjson"), ("Idempotency-Key", batch.key)], body: batch.body,
            service: .events)
    }

    private func note(_ response: HTTPResponse, _ batch: LineBatch, isRepeated: Bool) throws {
        if response.status == 429 || response.status >= 500 {
            throw Passing(reason: RemoteBroker.failure(response).message)
        }
        let report = try PublishReport(response)
        totals.withLock { totals in
            // What is there from an attempt before was new then.
            let known = report.knownCount ?? 0
            totals.published += report.publishedCount + (isRepeated ? known : 0)
            totals.known += isRepeated ? 0 : known
            totals.refused += report.refusedCount
            let room = Self.refusalsMax - totals.refusals.count
            totals.refusals += report.refusals.prefix(room).map { Self.refusal($0, in: batch) }
            totals.line = batch.numbers.last ?? totals.line
            totals.batches += 1
            totals.isRepeated = false
        }
    }

    /// The refusal of a line of a batch as one of the input; also where its message names the line.
    private static func refusal(_ refusal: PublishReport.Refusal, in batch: LineBatch) -> PublishReport.Refusal {
        guard batch.numbers.indices.contains(refusal.place - 1) else { return refusal }
        let number = batch.numbers[refusal.place - 1]
        let message = refusal.message
            .replacing("line \(refusal.place), column ", with: "line \(number), column ")
            .replacing("Line \(refusal.place) has ", with: "Line \(number) has ")
        return .init(place: number, code: refusal.code, message: message)
    }
}
