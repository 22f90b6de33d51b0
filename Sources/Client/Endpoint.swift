/// Where a broker listens: host, port, and the path that everything else is below.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// A host name or address, IPv6 without brackets.
    package let host: String
    package let port: Int
    /// Empty, or a path that begins with `/` and does not end with one; percent-encoded as given.
    package let path: String

    /// Reads `http://HOST[:PORT][/PATH]`; `ws://` says the same. Without a port it is 80.
    /// - Throws: ``ClientError`` of kind `badEndpoint`.
    package init(_ url: String) throws(ClientError) {
        func fault(_ reason: String) -> ClientError {
            ClientError(.badEndpoint, "cannot use the endpoint '\(url)': \(reason)")
        }
        guard let separator = url.firstRange(of: "://") else {
            throw fault("it must begin with http://, as in http://127.0.0.1:8080")
        }
        switch url[..<separator.lowerBound].lowercased() {
        case "http", "ws": break
        case "https", "wss": throw fault("TLS is not there yet; use http:// and keep it on a network that you trust")
        case let scheme: throw fault("'\(scheme)' is not known; use http://")
        }
        let rest = url[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        var path = rest[authority.endIndex...]
        guard !path.contains(where: { $0 == "?" || $0 == "#" }) else { throw fault("it must not have a query") }
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw fault("its path must be percent-encoded ASCII")
        }
        while path.hasSuffix("/") { path.removeLast() }
        guard !authority.contains("@") else {
            throw fault("credentials do not belong into it; use --access-key-id or the environment")
        }

        var host = authority
        var port = 80
        let afterAddress = authority.lastIndex(of: "]").map { authority.index(after: $0) } ?? authority.startIndex
        if let colon = authority[afterAddress...].firstIndex(of: ":") {
            host = authority[..<colon]
            let text = authority[authority.index(after: colon)...]
            guard let number = Int(text), (1...65_535).contains(number) else {
                throw fault("'\(text)' is not a port, 1 to 65535")
            }
            port = number
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { throw fault("it names no host") }
        self.host = String(host)
        self.port = port
        self.path = String(path)
    }

    /// The value of a `Host` header: the port is left out where it is 80.
    package var authority: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return port == 80 ? host : "\(host):\(port)"
    }

    package var description: String { "http://\(authority)\(path)" }
}
