/// Which web pages may use the gateway, told by the `Origin` that browsers send (RFC 6454 §7).
///
/// A browser lets any page open a WebSocket to any address, and send simple POSTs: without this rule every page that a
/// developer visits could read and publish events on a broker that asks for no credentials.
package struct OriginRule: Sendable {
    let allowed: Set<String>
    /// Whether origins that are neither loopback nor listed are refused.
    let isEnforced: Bool

    package init(_ configuration: GatewayConfiguration) {
        allowed = Set(configuration.allowedOrigins.map { $0.lowercased() })
        isEnforced = configuration.verifier == nil || !allowed.isEmpty
    }

    /// Whether a request with this `Origin` may go on; programs that are no browsers send none.
    package func permits(_ origin: String?) -> Bool {
        guard isEnforced, let origin = origin?.lowercased() else { return true }
        return allowed.contains(origin) || Self.isLoopback(origin)
    }

    private static func isLoopback(_ origin: String) -> Bool {
        guard let scheme = origin.firstRange(of: "://") else { return false }
        return LoopbackAddress.contains(host(of: origin[scheme.upperBound...]))
    }

    /// The host of `host`, `host:port` or `[v6]:port`.
    private static func host(of authority: Substring) -> String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" && $0 != "/" })
    }
}

/// Names and addresses that only this machine reaches.
package enum LoopbackAddress {
    package static func contains(_ host: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host == "::1" || host.hasSuffix(".localhost") { return true }
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false)
        return bytes.count == 4 && bytes[0] == "127" && bytes.allSatisfy { UInt8($0) != nil }
    }
}
