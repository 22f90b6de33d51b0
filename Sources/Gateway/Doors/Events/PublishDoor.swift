package import Broker
internal import JSONText

/// `POST /{stage}/events`: publishing for everything that speaks HTTP.
///
/// | body | `Content-Type` |
/// |---|---|
/// | one event, or an array of events | any that is not below |
/// | one event on each line, as many as one likes | `application/x-ndjson` and its kin (``MediaType/lines``) |
/// | one CloudEvent | `application/cloudevents+json` |
/// | an array of CloudEvents | `application/cloudevents-batch+json` |
/// | the data of a CloudEvent | any, with the header `ce-specversion` |
///
/// Events are published in order on the default bus. The answer has a result for each, as PutEvents has it:
/// `{"FailedEntryCount":n,"Entries":[{"EventId":"…"},{"ErrorCode":"…","ErrorMessage":"…"}]}`; for lines it counts and
/// lists the first errors: `{"FailedEntryCount":n,"EntryCount":m,"Errors":[{"Line":l,"ErrorCode":"…",…}]}`, and with an `Idempotency-Key`
/// `"KnownEntryCount":k`, the events that were there already.
///
/// Status 200 when at least one event was taken or there was none; 400 when none was and publishers must change them;
/// 503 when none was and trying again may help; 422 when its `Idempotency-Key` stands for other content. Bodies that are not what they say are refused whole with 400, 413 or
/// 415 and `{"__type":"…","message":"…"}`.
package struct PublishDoor: Sendable {
    let publisher: EventPublisher
    let settings: PublishSettings

    package init(buses: EventBuses, settings: PublishSettings = PublishSettings(), clock: WallClock = .system) {
        publisher = EventPublisher(buses: buses, clock: clock)
        self.settings = settings
    }

    /// Answers a request. Lines are published while the body arrives, and the body is not read faster than that; what
    /// was published before a body broke off stays published.
    ///
    /// - Parameter body: the body in pieces, in order.
    package func answer(
        _ request: GatewayRequest, body: some AsyncSequence<[UInt8], any Error>
    ) async -> GatewayResponse {
        let type = MediaType(request.header("Content-Type"))
        do {
            let key = try IdempotencyKey(request)
            if type == .lines { return try await publishLines(body, key) }
            if type == .otherCloudEvent {
                throw RequestError(
                    status: 415, type: "UnsupportedMediaTypeException",
                    message:
                        "CloudEvents are read as application/cloudevents+json or application/cloudevents-batch+json.")
            }
            let document = try await whole(body)
            return try await publish(try entries(of: request, document, type), key)
        } catch let error as RequestError {
            return error.response
        } catch {
            return RequestError.serialization("The body broke off: \(error).").response
        }
    }

    /// The same without a task, for a body that is here as a whole and makes one batch. To be followed by `announce()`.
    ///
    /// - Parameter later: gets the answer that is not there at once; must be short.
    package func answer(
        _ request: GatewayRequest, body: [UInt8], later: @escaping @Sendable (GatewayResponse) -> Void
    ) -> PromptAnswer<GatewayResponse> {
        let type = MediaType(request.header("Content-Type"))
        guard publisher.publishesPromptly, type != .otherCloudEvent else { return .needsTask }
        // Whoever names a request may have to wait for the first one of that name.
        guard request.header("idempotency-key") == nil else { return .needsTask }
        if type == .lines { return publishLines(body, later: later) }
        guard body.count <= settings.documentBytesMax else { return .needsTask }
        do throws(RequestError) {
            let entries = try entries(of: request, body, type)
            guard entries.count <= settings.batchEventsMax else { return .needsTask }
            return publisher.publish(entries) { later(Self.response(to: $0)) }.map(Self.response(to:))
        } catch {
            return .now(error.response)
        }
    }

    /// Has what was published without a task delivered; one call may follow many requests, on this door and on others.
    package func announce() { publisher.announce() }

    private func whole(_ body: some AsyncSequence<[UInt8], any Error>) async throws -> [UInt8] {
        var document: [UInt8] = []
        for try await piece in body {
            guard piece.count <= settings.documentBytesMax - document.count else {
                throw RequestError(
                    status: 413, type: "RequestEntityTooLargeException",
                    message: "A JSON document may have \(settings.documentBytesMax) bytes; "
                        + "more events go as lines, with Content-Type: application/x-ndjson.")
            }
            document += piece
        }
        return document
    }

    private func entries(
        of request: GatewayRequest, _ document: [UInt8], _ type: MediaType?
    ) throws(RequestError) -> EntryBatch {
        let cloudEvents = CloudEventReader(settings: settings, envelope: publisher.envelope)
        if type == .cloudEvent { return Self.batch(try Self.object(document), cloudEvents.read) }
        if type == .cloudEventBatch { return Self.batch(try Self.array(document), cloudEvents.read) }
        var batch = EntryBatch()
        if request.header("ce-specversion") != nil {
            batch.append { () throws(EntryError) in try cloudEvents.read(request, body: document) }
            return batch
        }
        let reader = EventReader(settings: settings, envelope: publisher.envelope)
        let isArray = document.first { !$0.isJSONSpace } == UInt8(ascii: "[")
        if isArray { return Self.batch(try Self.array(document), reader.read) }
        return Self.batch(try Self.object(document), reader.read)
    }

    private static func batch(
        _ event: JSONObjectText, _ read: (JSONObjectText) throws(EntryError) -> EventDraft
    ) -> EntryBatch {
        var batch = EntryBatch()
        batch.append { () throws(EntryError) in try read(event) }
        return batch
    }

    private static func batch(
        _ events: [Result<JSONObjectText, EntryError>], _ read: (JSONObjectText) throws(EntryError) -> EventDraft
    ) -> EntryBatch {
        var batch = EntryBatch(expected: events.count)
        for event in events { batch.append { () throws(EntryError) in try read(try event.get()) } }
        return batch
    }

    private static func object(_ document: [UInt8]) throws(RequestError) -> JSONObjectText {
        do throws(JSONSyntaxError) {
            return try JSONObjectText(document)
        } catch {
            throw .notJSON(
                error,
                hint: "Several events go as a JSON array, or as lines with Content-Type: application/x-ndjson.")
        }
    }

    /// Events of one array: what the answer, which has a result for each, is held in memory for.
    private static let arrayEventsMax = 100_000

    private static func array(_ document: [UInt8]) throws(RequestError) -> [Result<JSONObjectText, EntryError>] {
        let elements: [JSONElement]
        do throws(JSONSyntaxError) {
            elements = try JSONReader.elements(of: document)
        } catch {
            throw .notJSON(error, hint: "The body is to be an array of events.")
        }
        guard elements.count <= arrayEventsMax else {
            throw .validation(
                "The array has \(elements.count) events, at most \(arrayEventsMax) are taken; send more as lines with "
                    + "Content-Type: application/x-ndjson.")
        }
        // Each place is counted from the last one: counting each from the start would take quadratic time.
        var (offset, place) = (0, TextPosition(line: 1, column: 1))
        return elements.map { element in
            place = place.advanced(over: document.span.extracting(offset..<element.value.lowerBound))
            offset = element.value.lowerBound
            if let object = try? JSONObjectText(document, in: element.value, origin: place) { return .success(object) }
            return .failure(
                .malformedEvent(
                    "An event is to be a JSON object, and is \(element.kind.words) "
                        + "(line \(place.line), column \(place.column))."))
        }
    }

    private func publish(_ entries: EntryBatch, _ key: IdempotencyKey?) async throws(RequestError) -> GatewayResponse {
        var results = EntryResults.none
        var progress = PublishProgress()
        for batch in entries.parts(of: settings.batchEventsMax) {
            results.append(try await publisher.publish(batch, under: key, &progress))
        }
        return Self.response(to: results)
    }

    private static func response(to results: EntryResults) -> GatewayResponse {
        var summary = PublishSummary(listedErrorsMax: 0)
        summary.add(results, lines: [])
        return .json(summary.status, results.json)
    }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool { self == 0x20 || self == 0x0a || self == 0x0d || self == 0x09 }
}
