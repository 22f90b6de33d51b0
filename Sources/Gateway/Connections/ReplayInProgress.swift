import Broker

/// A connection's replay, as its event loop sees it: which one it is, what of it is still to be sent, and who waits for the
/// client to take it.
final class ReplayInProgress {
    let id: ReplayID
    /// The pattern's text.
    let text: String
    /// How many events are to come at most; nil for any number.
    var left: Int?
    private var pieces: ArraySlice<FrameRun> = []
    private var taken: ((Bool) -> Void)?

    init(id: ReplayID, text: String, left: Int?) {
        self.id = id
        self.text = text
        self.left = left
    }

    /// Sends as the client takes it: one piece at a time goes to a channel that has room, so whatever the limit of the
    /// outbound queue, a replay does not run into it.
    ///
    /// - Parameter taken: called with whether the replay goes on, when the last piece has been taken. There is one at a
    ///   time.
    func send(_ pieces: ContiguousArray<FrameRun>, on socket: any SubscriberSocket, taken: @escaping (Bool) -> Void) {
        end()
        self.pieces = ArraySlice(pieces)
        self.taken = taken
        goOn(on: socket)
    }

    func goOn(on socket: any SubscriberSocket) {
        guard taken != nil else { return }
        guard socket.isOpen else { return end() }
        while socket.takesMore, let piece = pieces.popFirst() {
            if socket.send(piece) != .accepted { return end() }
            socket.flush()
        }
        guard pieces.isEmpty, socket.takesMore else { return }
        answer(true)
    }

    /// The replay is over for the connection.
    func end() {
        pieces = []
        answer(false)
    }

    private func answer(_ goesOn: Bool) {
        let waiting = taken
        taken = nil
        waiting?(goesOn)
    }
}

@available(*, unavailable)
extension ReplayInProgress: Sendable {}
