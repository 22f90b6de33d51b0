import NIOCore

/// Which web pages may use the gateway, told by the `Origin` that browsers send (RFC 6454 §7).
///
/// A browser lets any page open a WebSocket to any address, and send simple POSTs: without this rule every page that a
/// developer visits could read and publish events on a broker that asks for no credentials.
package struct OriginRule: Sendable {
    let allowed: Set<String>
    /// Whether origins that are neither loopback nor listed are refused at the doors that ask for signatures.
    private let isEnforced: Bool
    /// Whether the gateway serves this machine only, so that it is called by address, `localhost` or a listed name.
    private let isLocal: Bool
    /// Whether the gateway listens on this machine only, whoever may use it.
    private let isOnLoopback: Bool
    private let allowedHosts: Set<String>

    package init(_ configuration: GatewayConfiguration) {
        allowed = Set(configuration.allowedOrigins.map { $0.lowercased() })
        allowedHosts = Set(allowed.compactMap(Self.host(ofOrigin:)))
        isEnforced = configuration.verifier == nil || !allowed.isEmpty
        isLocal = configuration.verifier == nil && !configuration.allowAnonymous
        isOnLoopback = LoopbackAddress.contains(configuration.host)
    }

    /// Whether a request with this `Origin` may go on; programs that are no browsers send none.
    ///
    /// - Parameter isSigned: whether the door asks for a signature when there are credentials: no page can forge one, so
    ///   there any origin may come. A WebSocket connect asks for none.
    package func permits(_ origin: String?, isSigned: Bool = true) -> Bool {
        guard isEnforced || !isSigned, let origin = origin?.lowercased() else { return true }
        return allowed.contains(origin) || Self.isLoopback(origin)
    }

    /// Whether a request with this `Host` may go on. A page can have its own name resolve to 127.0.0.1 and then read what
    /// is served there as its own (DNS rebinding); its requests carry no `Origin`, but they do carry that name.
    ///
    /// - Parameter isSigned: as for an origin. Where no signature is asked for, credentials do not help, and it is enough
    ///   that the gateway can be reached from this machine only.
    package func permits(host authority: String?, isSigned: Bool = true) -> Bool {
        guard isLocal || (!isSigned && isOnLoopback), let authority else { return true }
        // What nearly all requests say, without reading it as an address.
        let utf8 = authority.utf8
        let start = utf8.span.extracting(first: 10)
        if start.isSame(ignoringCase: "127.0.0.1:".utf8.span) || start.isSame(ignoringCase: "localhost:".utf8.span) {
            return true
        }
        return permits(lowercaseHost: authority.lowercased())
    }

    /// Whether browsers send such an `Origin`: `scheme://host`, with a port where it is not the scheme's, and nothing
    /// behind; or `null`, which many pages share.
    static func isOrigin(_ text: String) -> Bool {
        if text.lowercased() == "null" { return true }
        guard let separator = text.firstRange(of: "://"), separator.lowerBound > text.startIndex else { return false }
        let authority = text[separator.upperBound...]
        return !authority.isEmpty && !authority.contains { "/?#@*".contains($0) || $0.isWhitespace }
    }

    private func permits(lowercaseHost authority: String) -> Bool {
        let host = Self.host(of: authority[...])
        return LoopbackAddress.contains(host) || Self.isAddress(host) || allowedHosts.contains(host)
    }

    private static func isLoopback(_ origin: String) -> Bool {
        host(ofOrigin: origin).map(LoopbackAddress.contains) ?? false
    }

    private static func host(ofOrigin origin: String) -> String? {
        origin.firstRange(of: "://").map { host(of: origin[$0.upperBound...]) }
    }

    /// Whether this is an address and no name, for which there is nothing to rebind.
    private static func isAddress(_ host: String) -> Bool {
        host.contains(":") || (try? SocketAddress(ipAddress: host, port: 0)) != nil
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
