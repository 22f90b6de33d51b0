import Access
import EventLog
import Foundation
import Gateway
import NIOCore

/// What a started broker says: where it is and three lines to try.
struct Greeting {
    let settings: ServeSettings
    let address: SocketAddress
    let logContents: LogContents?

    var text: String {
        let port = address.port ?? settings.gateway.port
        let stage = settings.gateway.stages.sorted().first ?? ""
        let program = CommandLine.arguments.first ?? "lambdaless"
        let endpoint =
            port == 8080 && stage == "dev" && host == "127.0.0.1"
            ? "" : " --endpoint-url http://\(host):\(port)/\(stage)"
        let detail = #"{"source":"demo","detail-type":"Greeting","detail":{"text":"hello"}}"#
        let publish =
            settings.credentials.isEmpty
            ? "curl -d '\(detail)' http://\(host):\(port)/\(stage)/events"
            : "\(program) publish --source demo --detail-type Greeting --detail '{\"text\":\"hello\"}'\(endpoint)"
        let signed =
            settings.credentials.isEmpty
            ? "" : "\nPublishing must be signed: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY there."
        let sockets = settings.gateway.stages.sorted().map { "  WebSocket  ws://\(host):\(port)/\($0)" }
        return """
            lambdaless is listening on \(host):\(port)
            \(sockets.joined(separator: "\n"))
              Publish    http://\(host):\(port)/\(stage)/events
              Event log  \(log)

            Try, in another terminal:
              \(program) subscribe '{"source":["demo"]}'\(endpoint)
              \(publish)
              aws events put-events --region us-east-1 --endpoint-url http://\(host):\(port) --entries '[{"Source":"demo","DetailType":"Greeting","Detail":"{}"}]'\(signed)
            """
    }

    /// Where the log is, and what it holds.
    private var log: String {
        guard settings.log.kind == .disk else { return "in memory" }
        guard let logContents else { return "\(settings.log.folder), empty" }
        let oldest = Date(timeIntervalSince1970: Double(logContents.oldest.id.time) / 1_000).formatted(.iso8601)
        return """
            \(settings.log.folder), \(logContents.events) event\(logContents.events == 1 ? "" : "s") of \
            \(Self.text(ofBytes: logContents.bytes)) since \(oldest)
            """
    }

    private static func text(ofBytes bytes: Int) -> String {
        switch bytes {
        case ..<(1 << 10): "\(bytes) bytes"
        case ..<(1 << 20): String(format: "%.1f KiB", Double(bytes) / Double(1 << 10))
        case ..<(1 << 30): String(format: "%.1f MiB", Double(bytes) / Double(1 << 20))
        default: String(format: "%.1f GiB", Double(bytes) / Double(1 << 30))
        }
    }

    /// The host as a URL has it; for all addresses, one that can be called.
    private var host: String {
        switch settings.gateway.host {
        case "0.0.0.0", "::": "127.0.0.1"
        case let host where host.contains(":"): "[\(host)]"
        case let host: host
        }
    }
}
