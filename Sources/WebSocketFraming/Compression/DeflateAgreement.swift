/// Chooses among a client's offers of permessage-deflate (RFC 7692 §5 and §7.1).
///
/// A pure function of the header's value. An offer with a parameter that is unknown, there twice, or has a wrong value is
/// declined, and the next one looked at. What is agreed upon is always without context takeover on either side: then no
/// connection has a state of its own, and a compressed event serves all.
package struct DeflateAgreement: Hashable, Sendable {
    /// How far back a repetition may lie that is sent to this client: 2 to the power of so many bytes.
    package let windowBits: Int
    /// The value of `Sec-WebSocket-Extensions` in the answer.
    package let response: String

    /// Nearly all clients allow 12, and an event seldom repeats what stood farther back. One window for them all
    /// compresses an event once.
    package static let windowBits = 12
    /// For those that do not.
    package static let smallWindowBits = 9

    /// - Parameter offers: the values of all headers `Sec-WebSocket-Extensions`, joined by commas.
    /// - Returns: `nil` where there is nothing to agree upon.
    package init?(offers: String) {
        var reader = ExtensionListReader(offers)
        while let offer = reader.next() {
            guard offer.name == "permessage-deflate", let serverBits = Self.serverBits(offer.parameters) else {
                continue
            }
            windowBits = serverBits >= Self.windowBits ? Self.windowBits : Self.smallWindowBits
            let isBounded = offer.parameters.contains { $0.name == "server_max_window_bits" }
            response =
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
                + (isBounded ? "; server_max_window_bits=\(windowBits)" : "")
            return
        }
        return nil
    }

    /// The window that the parameters allow the server; `nil` for parameters that must be declined.
    private static func serverBits(_ parameters: [ExtensionListReader.Parameter]) -> Int? {
        var (serverBits, seen) = (15, Set<String>())
        for parameter in parameters {
            guard seen.insert(parameter.name).inserted else { return nil }
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil), ("client_no_context_takeover", nil),
                ("client_max_window_bits", nil):
                break
            case ("client_max_window_bits", let value?):
                // We read any window, so it makes no difference.
                guard bits(value) != nil else { return nil }
            case ("server_max_window_bits", let value?):
                guard let bits = bits(value), bits >= smallWindowBits else { return nil }
                serverBits = bits
            default:
                return nil
            }
        }
        return serverBits
    }

    /// A decimal number from 8 to 15 without leading zeros.
    private static func bits(_ text: String) -> Int? {
        guard let number = Int(text), (8...15).contains(number), text == String(number) else { return nil }
        return number
    }
}
