internal import Broker
internal import JSONText

extension PublishDoor {
    /// Publishes one event for each line, in order; lines without text are passed over. Memory does not grow with the
    /// body: it holds one piece, one line and one batch.
    func publishLines(
        _ body: some AsyncSequence<[UInt8], any Error>, _ key: IdempotencyKey?
    ) async throws -> GatewayResponse {
        var splitter = LineSplitter(lineBytesMax: settings.eventBytesMax)
        var batch = LineBatch(settings: settings, envelope: publisher.envelope)
        var summary = PublishSummary(listedErrorsMax: settings.listedErrorsMax)
        var progress = PublishProgress()
        for try await piece in body {
            splitter.append(piece)
            while let line = splitter.next() {
                batch.add(line)
                if batch.isFull { try await publish(&batch, &summary, key, &progress) }
            }
            // A slow publisher's events go out as they come.
            try await publish(&batch, &summary, key, &progress)
        }
        if let line = splitter.last() { batch.add(line) }
        try await publish(&batch, &summary, key, &progress)
        if key != nil { summary.known = progress.known }
        return .json(summary.status, summary.json)
    }

    /// The same without a task, for a whole body that is one batch.
    func publishLines(
        _ body: [UInt8], later: @escaping @Sendable (GatewayResponse) -> Void
    ) -> PromptAnswer<GatewayResponse> {
        var splitter = LineSplitter(lineBytesMax: settings.eventBytesMax)
        var batch = LineBatch(settings: settings, envelope: publisher.envelope)
        splitter.append(body)
        while let line = splitter.next() {
            guard !batch.isFull else { return .needsTask }
            batch.add(line)
        }
        if let line = splitter.last() {
            guard !batch.isFull else { return .needsTask }
            batch.add(line)
        }
        let (lines, entries) = batch.take()
        let listedErrorsMax = settings.listedErrorsMax
        @Sendable func response(_ results: EntryResults) -> GatewayResponse {
            var summary = PublishSummary(listedErrorsMax: listedErrorsMax)
            summary.add(results, lines: lines)
            return .json(summary.status, summary.json)
        }
        return publisher.publish(entries) { later(response($0)) }.map(response)
    }

    private func publish(
        _ batch: inout LineBatch, _ summary: inout PublishSummary, _ key: IdempotencyKey?,
        _ progress: inout PublishProgress
    ) async throws(RequestError) {
        let (lines, entries) = batch.take()
        summary.add(try await publisher.publish(entries, under: key, &progress), lines: lines)
    }
}

/// Lines that have been read and wait to be published together.
private struct LineBatch {
    private let settings: PublishSettings
    private let reader: EventReader
    private var lines: [Int] = []
    private var entries = EntryBatch()
    private var bytes = 0

    init(settings: PublishSettings, envelope: Envelope) {
        self.settings = settings
        reader = EventReader(settings: settings, envelope: envelope)
    }

    var isFull: Bool { entries.count >= settings.batchEventsMax || bytes >= settings.batchBytesMax }

    mutating func add(_ line: LineSplitter.Line) {
        guard line.text.map({ !Self.isBlank($0[line.range]) }) ?? true else { return }
        lines.append(line.number)
        do throws(EntryError) { entries.append(try read(line)) } catch { entries.append(error) }
        bytes += line.range.count
    }

    mutating func take() -> (lines: [Int], entries: EntryBatch) {
        var taken = LineBatch(settings: settings, envelope: reader.envelope)
        swap(&taken, &self)
        return (taken.lines, taken.entries)
    }

    private func read(_ line: LineSplitter.Line) throws(EntryError) -> EventDraft {
        guard let text = line.text else {
            throw .malformedEvent(
                "Line \(line.number) has more than \(settings.eventBytesMax) bytes; make the event smaller.")
        }
        let event: JSONObjectText
        do throws(JSONSyntaxError) {
            event = try JSONObjectText(text, in: line.range, origin: TextPosition(line: line.number, column: 1))
        } catch {
            throw .malformedEvent(
                "Each line is to be one JSON object: \(error.message) (line \(line.number), column \(error.column)).")
        }
        return try reader.read(event)
    }

    private static func isBlank(_ text: ArraySlice<UInt8>) -> Bool {
        text.allSatisfy { $0 == 0x20 || $0 == 0x0d || $0 == 0x09 }
    }
}
