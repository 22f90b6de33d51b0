import WebSocketFraming

/// Decides about an opening handshake (RFC 6455 §4.2.1): a pure function of the request.
enum WebSocketHandshake {
    /// Whether the request asks for a WebSocket at all.
    static func isRequested(by request: GatewayRequest) -> Bool {
        request.headerList("upgrade", contains: "websocket") && request.headerList("connection", contains: "upgrade")
    }

    /// The refusal of a request for a stage that is served; `nil` when it may be upgraded.
    static func refusal(of request: GatewayRequest) -> GatewayResponse? {
        guard isRequested(by: request) else {
            var response = GatewayResponse.error(426, "UpgradeRequiredException", "Upgrade Required")
            response.headers += [("Upgrade", "websocket"), ("Connection", "Upgrade")]
            return response
        }
        guard request.header("sec-websocket-version") == "13" else {
            var response = GatewayResponse.error(426, "UpgradeRequiredException", "Sec-WebSocket-Version must be 13")
            response.headers.append(("Sec-WebSocket-Version", "13"))
            return response
        }
        guard !request.hasBody else {
            return .error(400, "BadRequestException", "A WebSocket handshake has no body")
        }
        let keys = request.fields.values("sec-websocket-key")
        guard keys.count == 1, isKey(keys[0]) else {
            return .error(400, "BadRequestException", "Sec-WebSocket-Key must be the base64 form of 16 bytes")
        }
        return nil
    }

    /// The compression that the client offers, as far as it is allowed; `nil` for none.
    static func compression(of request: GatewayRequest, _ settings: CompressionSettings) -> DeflateAgreement? {
        guard settings.eventBytesMin != nil else { return nil }
        return DeflateAgreement(offers: request.fields.values("sec-websocket-extensions").joined(separator: ","))
    }

    private static func isKey(_ value: String) -> Bool {
        value.utf8.count == 24 && value.utf8.suffix(2).elementsEqual("==".utf8)
            && value.utf8.dropLast(2).allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "/"): true
                default: false
                }
            }
    }
}
