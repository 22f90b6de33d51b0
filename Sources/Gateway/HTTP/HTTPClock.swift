import NIOCore

/// The limits in time of an HTTP connection. A pure state machine over points in time.
struct HTTPClock {
    enum Verdict: Equatable {
        case onTime
        case refuseSlowBody
        case close
    }

    private let settings: HTTPSettings
    private var since: NIODeadline
    private var lastBytes: NIODeadline
    private var bodyBytes = 0
    private var isFirstRequest = true
    private var isStream = false
    private var unwritableSince: NIODeadline?
    /// We do not read at the moment, so silence says nothing about the client.
    var isPaused = false

    init(settings: HTTPSettings, now: NIODeadline) {
        self.settings = settings
        since = now
        lastBytes = now
    }

    /// A request's head has come.
    mutating func began(at now: NIODeadline, isStream: Bool) {
        since = now
        lastBytes = now
        bodyBytes = 0
        isFirstRequest = false
        self.isStream = isStream
    }

    /// A part of a body has come.
    mutating func received(_ bytes: Int, at now: NIODeadline) {
        lastBytes = now
        bodyBytes += bytes
    }

    /// The request is complete.
    mutating func ended(at now: NIODeadline) {
        since = now
    }

    /// The response is complete.
    mutating func answered(at now: NIODeadline) {
        since = now
        isFirstRequest = false
        isPaused = false
    }

    mutating func check(_ exchange: HTTPExchange, isWritable: Bool, at now: NIODeadline) -> Verdict {
        unwritableSince = isWritable ? nil : unwritableSince ?? now
        if let unwritableSince, now - unwritableSince >= settings.writeTimeLimit { return .close }
        switch exchange.state {
        case .idle:
            let limit = isFirstRequest ? settings.headTimeLimit : settings.keepAliveTimeLimit
            return now - since >= limit ? .close : .onTime
        case .refusing, .upgrading, .holding:
            let elapsed = now - since
            guard elapsed >= settings.bodyGraceTime else { return .onTime }
            let wanted = Double(elapsed.nanoseconds) / 1e9 * Double(settings.bodyBytesPerSecondMin)
            return Double(bodyBytes) < wanted ? .refuseSlowBody : .onTime
        case .streaming:
            return !isPaused && now - lastBytes >= settings.streamIdleTimeLimit ? .refuseSlowBody : .onTime
        case .discarding:
            return now - since >= settings.lingerTimeLimit ? .close : .onTime
        case .finished:
            // What was written last is on its way.
            return now - since >= settings.writeTimeLimit ? .close : .onTime
        case .answering:
            return .onTime
        }
    }
}
