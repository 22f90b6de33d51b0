/// The publish doors, as functions over plain values.
package struct EventDoors: Sendable {
    /// `POST /` with `X-Amz-Target`.
    package let operation: @Sendable (GatewayRequest) async -> GatewayResponse
    /// `POST /{stage}/events`.
    package let publish: @Sendable (GatewayRequest, RequestBody) async -> GatewayResponse

    package init(
        operation: @escaping @Sendable (GatewayRequest) async -> GatewayResponse,
        publish: @escaping @Sendable (GatewayRequest, RequestBody) async -> GatewayResponse
    ) {
        self.operation = operation
        self.publish = publish
    }
}
