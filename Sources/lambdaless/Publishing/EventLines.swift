import Synchronization

/// An input with one event a line, piece by piece as it is read; can be iterated once. Shows on a terminal how far it
/// got.
final class EventLines: AsyncSequence, Sendable {
    private static let progressInterval = Duration.milliseconds(200)

    private struct State {
        /// What was read to find out what the input holds.
        var beginning: [UInt8]?
        var lines = 0
        var bytes = 0
        var lastShown: ContinuousClock.Instant?
    }

    private let input: InputFile
    private let state: Mutex<State>

    init(_ beginning: [UInt8], then input: InputFile) {
        self.input = input
        state = Mutex(State(beginning: beginning))
    }

    /// How far it got, for a message.
    var progress: String { state.withLock { "\($0.lines) lines had been sent" } }

    struct AsyncIterator: AsyncIteratorProtocol {
        let lines: EventLines

        func next() async throws -> [UInt8]? { try await lines.next() }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lines: self) }

    private func next() async throws -> [UInt8]? {
        let beginning = state.withLock { state in
            defer { state.beginning = nil }
            return state.beginning
        }
        let piece: [UInt8]?
        if let beginning { piece = beginning } else { piece = try await input.next() }
        state.withLock { state in
            state.lines += piece?.count { $0 == UInt8(ascii: "\n") } ?? 0
            state.bytes += piece?.count ?? 0
            Self.show(&state, isOver: piece == nil)
        }
        return piece
    }

    private static func show(_ state: inout State, isOver: Bool) {
        guard Terminal.errorIsTerminal else { return }
        let now = ContinuousClock.now
        guard let last = state.lastShown else { return state.lastShown = now }
        if isOver {
            Terminal.overwrite("")
        } else if now - last >= progressInterval {
            state.lastShown = now
            Terminal.overwrite("\(state.lines) lines, \(state.bytes >> 20) MiB sent")
        }
    }
}
