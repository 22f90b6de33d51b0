import Broker

/// A connection's replay, as its event loop sees it: which one it is, and who waits for the client to take more.
final class ReplayInProgress {
    let id: ReplayID
    /// The pattern's text.
    let text: String
    private var taken: ((Bool) -> Void)?

    init(id: ReplayID, text: String) {
        self.id = id
        self.text = text
    }

    /// Keeps `taken` until the client has taken what it was given. There is one at a time.
    func wait(_ taken: @escaping (Bool) -> Void) {
        answer(false)
        self.taken = taken
    }

    /// Answers whoever waits, if nothing waits in the socket's queue any more.
    func tookOn(_ socket: (any SubscriberSocket)?) {
        guard let socket, socket.isOpen else { return answer(false) }
        if !socket.hasQueue { answer(true) }
    }

    func answer(_ goesOn: Bool) {
        let waiting = taken
        taken = nil
        waiting?(goesOn)
    }
}

@available(*, unavailable)
extension ReplayInProgress: Sendable {}
