package import Broker
package import EventLog
import JSONText

/// What a client's text message asks for: the route that API Gateway's selection expression `$request.body.action`
/// would choose.
///
/// A pure function of the message. Everything without a route of its own, text that is not JSON included, is `$default`.
package enum MessageRoute: Hashable, Sendable {
    /// `{"action":"pattern","pattern":{…}}`: the JSON text of the new pattern. A pattern that is a JSON string stands
    /// for the text in it. With members of ``ReplayRequest`` it is about the past, too; with `from` `latest`, about none
    /// of it.
    case pattern(text: [UInt8], Replay? = nil, startsNow: Bool = false)
    /// The same with a member `pattern` that is missing, or cannot be meant as a pattern.
    case invalidPattern(message: String)
    /// The same with members that say nothing sensible about the past.
    case invalidReplay(message: String)
    /// `{"action":"unsubscribe"}`
    case unsubscribe
    /// `{"action":"ack","id":"…"}`; nil when the id is none.
    case acknowledge(EventID?)
    /// `{"action":"GET_CONNECTION_ID"}`
    case connectionID
    /// `{"action":"sendmessage","data":…}`: a string's text, or any other value's JSON text; `nil` when missing.
    case sendMessage(data: [UInt8]?)
    /// `$default`
    case unknown

    /// The route key, for metrics and the log.
    var key: String {
        switch self {
        case .pattern, .invalidPattern, .invalidReplay: "pattern"
        case .unsubscribe: "unsubscribe"
        case .acknowledge: "ack"
        case .connectionID: "GET_CONNECTION_ID"
        case .sendMessage: "sendmessage"
        case .unknown: "$default"
        }
    }

    /// All route keys.
    static let keys = ["pattern", "unsubscribe", "ack", "GET_CONNECTION_ID", "sendmessage", "$default"]

    package init(_ message: [UInt8]) {
        guard let members = try? JSONReader.members(of: message),
            let action = Self.last("action", in: members), action.kind == .string
        else {
            self = .unknown
            return
        }
        switch String(decoding: Self.text(of: action, in: message), as: UTF8.self) {
        case "pattern":
            do throws(ReplayRequest.Refusal) {
                func value(_ name: String) -> String? {
                    Self.last(name, in: members).flatMap { member in
                        member.kind == .null ? nil : String(decoding: Self.text(of: member, in: message), as: UTF8.self)
                    }
                }
                let replay = try ReplayRequest.replay(value)
                let pattern = Self.last("pattern", in: members)
                guard let pattern, pattern.kind == .object || pattern.kind == .array || pattern.kind == .string else {
                    self = .invalidPattern(message: Self.wanted(but: pattern?.kind.words ?? "missing"))
                    return
                }
                self = .pattern(
                    text: Self.text(of: pattern, in: message), replay, startsNow: ReplayRequest.startsNow(value("from"))
                )
            } catch {
                self = .invalidReplay(message: error.message)
            }
        case "unsubscribe":
            self = .unsubscribe
        case "ack":
            let id = Self.last("id", in: members).map {
                String(decoding: Self.text(of: $0, in: message), as: UTF8.self)
            }
            self = .acknowledge(id.flatMap { EventID($0) })
        case "GET_CONNECTION_ID":
            self = .connectionID
        case "sendmessage":
            self = .sendMessage(data: Self.last("data", in: members).map { Self.text(of: $0, in: message) })
        default:
            self = .unknown
        }
    }

    private static func wanted(but found: String) -> String {
        #"The member pattern is \#(found); it is to be an object like {"source":["my.app"]}, or its text."#
    }

    /// Of members with the same name the last one counts, as everywhere in EventBridge.
    private static func last(_ name: String, in members: [JSONMember]) -> JSONMember? {
        members.last { $0.name.elementsEqual(name.utf8) }
    }

    private static func text(of member: JSONMember, in message: [UInt8]) -> [UInt8] {
        let raw = Array(message[member.value])
        return member.kind == .string ? JSONReader.unescape(raw) : raw
    }
}
