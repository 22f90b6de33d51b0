import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Why a gateway could not start.
package enum GatewayError: Error, Equatable, CustomStringConvertible {
    case portInUse(host: String, port: Int)
    case cannotListen(host: String, port: Int, reason: String)
    case anonymousNotAllowed(host: String)
    case invalidStage(String)
    case noStage
    /// One that no browser sends.
    case invalidOrigin(String)
    /// The callback API was made for other event loops than the gateway's.
    case foreignEventLoop

    init(_ error: any Error, host: String, port: Int) {
        if let error = error as? IOError, error.errnoCode == EADDRINUSE {
            self = .portInUse(host: host, port: port)
        } else {
            self = .cannotListen(host: host, port: port, reason: "\(error)")
        }
    }

    package var description: String {
        switch self {
        case .portInUse(let host, let port):
            "cannot listen on \(host):\(port): another program uses the port; stop it, or choose another with --port"
        case .cannotListen(let host, let port, let reason):
            "cannot listen on \(host):\(port): \(reason)"
        case .anonymousNotAllowed(let host):
            "\(host) can be reached from other machines, and no credentials are configured: set "
                + "LAMBDALESS_ACCESS_KEY_ID and LAMBDALESS_SECRET_ACCESS_KEY or --credentials, listen on 127.0.0.1, or "
                + "let everybody in with --allow-anonymous"
        case .invalidStage(let stage):
            "'\(stage)' cannot be a stage: 1 to 128 of A-Z a-z 0-9 _ -, and not "
                + GatewayConfiguration.reservedStages.sorted().joined(separator: ", ")
        case .noStage:
            "there is no stage to serve; name one with --stage"
        case .invalidOrigin(let origin):
            "'\(origin)' cannot be an allowed origin: browsers send a scheme and a host, such as "
                + "https://app.example.com or http://app.example.com:3000, with nothing behind and no *"
        case .foreignEventLoop:
            "the callback API belongs to other event loops than the gateway's"
        }
    }
}

extension GatewayConfiguration {
    /// Whether this can be served at all.
    func check() throws(GatewayError) {
        if stages.isEmpty { throw .noStage }
        for stage in stages.union(echoStage.map { [$0] } ?? []).sorted() {
            let isWellFormed = stage.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
            guard isWellFormed, (1...128).contains(stage.utf8.count), !Self.reservedStages.contains(stage) else {
                throw .invalidStage(stage)
            }
        }
        // A rule that no page can meet is a mistake.
        if let origin = allowedOrigins.sorted().first(where: { !OriginRule.isOrigin($0) }) {
            throw .invalidOrigin(origin)
        }
        if verifier == nil && !allowAnonymous && !LoopbackAddress.contains(host) {
            throw .anonymousNotAllowed(host: host)
        }
    }
}
