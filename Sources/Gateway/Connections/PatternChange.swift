import Broker
import EventPattern
import Logging
import NIOCore

/// A pattern on its way from a client to the bus. The client's next message waits until it has arrived.
struct PatternChange: Sendable {
    let connection: NIOLoopBound<GatewayConnection>
    let eventLoop: any EventLoop
    let id: ConnectionID
    let request: RequestID
    let bus: EventBus
    let logger: Logger
    let session: SessionNotes?
    /// The pattern that the session had before, when it is another client that comes with this one.
    let stored: String?
    /// - Parameter replaced: the stored pattern, if it means something else.
    let news: @Sendable (PatternNews, _ replaced: String?) -> [UInt8]?

    /// API Gateway's message for a throttled route: too many changes of patterns wait for the bus.
    static let busy = "Too Many Requests"

    /// Compiles the pattern and hands it to the bus; or tells the client why not, and lets it go on.
    func perform(
        _ replay: Replay?, of pattern: @escaping @Sendable () throws(EventPatternError) -> EventPattern
    ) {
        Task {
            guard let refusal = await store(replay, pattern) else { return }
            eventLoop.execute {
                connection.value.refuse(refusal, request)
                connection.value.goOn()
            }
        }
    }

    /// - Returns: why nothing is stored; `nil` when the bus has taken the pattern.
    private func store(
        _ replay: Replay?, _ pattern: () throws(EventPatternError) -> EventPattern
    ) async -> String? {
        let compiled: EventPattern
        do throws(EventPatternError) {
            compiled = try pattern()
        } catch {
            return "InvalidEventPatternException: \(error.message)"
        }
        let text = compiled.text
        let replaced = stored.flatMap { stored in
            // What cannot be read any more is another one, too.
            stored != text && (try? EventPattern(stored)) != compiled ? stored : nil
        }
        let news: @Sendable (PatternNews) -> [UInt8]? = { [news, session] said in
            session?.note(said, pattern: text)
            return news(said, replaced)
        }
        do {
            // The head of this moment is not behind the place where the pattern will hold.
            if let session { try await session.prepare(text, from: try await bus.head()) }
            guard let replay else { return bus.setPattern(compiled, for: id, news: news) ? nil : Self.busy }
            return try await bus.replay(replay, of: compiled, for: id, news: news) ? nil : Self.busy
        } catch Sessions.Refusal.noRoom(let bytesMax) {
            return "LimitExceededException: the patterns of all sessions would have more than \(bytesMax) bytes"
        } catch Sessions.Refusal.notSaved {
            return "InternalServerErrorException: the session cannot be saved"
        } catch {
            logger.error(
                "replay refused, as the event log cannot be read",
                metadata: ["connection.id": "\(id)", "error": "\(error)"])
            return "InternalServerErrorException: the event log cannot be read"
        }
    }
}
