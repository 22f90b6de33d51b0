package import Broker

/// `POST /` with `X-Amz-Target`: the operations of EventBridge, in the protocol AWS JSON 1.1.
///
/// Errors are HTTP 400 with `{"__type":"…","message":"…"}`, which is how AWS's SDKs know exceptions.
package struct AWSEventsDoor: Sendable {
    static let contentType = "application/x-amz-json-1.1"
    /// EventBridge's, and one that other emulators document.
    private static let targetPrefixes = ["AWSEvents", "AmazonEventBridge"]

    let publisher: EventPublisher
    let settings: PublishSettings
    let details = DetailCheck()

    package init(buses: EventBuses, settings: PublishSettings = PublishSettings(), clock: WallClock = .system) {
        publisher = EventPublisher(buses: buses, clock: clock)
        self.settings = settings
    }

    /// Answers a request, whatever its path and method.
    package func answer(_ request: GatewayRequest) async -> GatewayResponse {
        do throws(RequestError) {
            switch try Self.operation(request.header("X-Amz-Target")) {
            case "PutEvents": return Self.response(try await putEvents(request))
            case "TestEventPattern": return Self.response(try testEventPattern(request.body))
            case let other:
                throw Self.unknown("The operation \(other) is not there; PutEvents and TestEventPattern are.")
            }
        } catch {
            return error.response
        }
    }

    /// The same without a task, for requests whose work is small. To be followed by ``PublishDoor/announce()``.
    ///
    /// - Parameter later: gets the answer that is not there at once; must be short.
    package func answer(
        _ request: GatewayRequest, later: @escaping @Sendable (GatewayResponse) -> Void
    ) -> PromptAnswer<GatewayResponse> {
        guard (try? Self.operation(request.header("X-Amz-Target"))) == "PutEvents", publisher.publishesPromptly else {
            return .needsTask
        }
        // Whoever names a request may have to wait for the first one of that name.
        guard request.header("idempotency-key") == nil else { return .needsTask }
        do throws(RequestError) {
            return publisher.publish(try accepted(request)) { later(Self.response($0.json)) }
                .map { Self.response($0.json) }
        } catch {
            return .now(error.response)
        }
    }

    private static func operation(_ target: String?) throws(RequestError) -> String {
        guard let target else {
            throw unknown("The header X-Amz-Target is missing; it names the operation: AWSEvents.PutEvents.")
        }
        // What nearly all requests say, without taking it apart.
        if target == "AWSEvents.PutEvents" { return "PutEvents" }
        let parts = target.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, targetPrefixes.contains(String(parts[0])) else {
            throw unknown("The X-Amz-Target \(target) is not there; it is to be AWSEvents.PutEvents, for example.")
        }
        return String(parts[1])
    }

    private static func unknown(_ message: String) -> RequestError {
        RequestError(type: "UnknownOperationException", message: message)
    }

    private static func response(_ body: [UInt8]) -> GatewayResponse {
        GatewayResponse(status: 200, headers: [("Content-Type", contentType)], body: body)
    }
}
