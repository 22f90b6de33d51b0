import Client
import JSONText
import Synchronization

/// The events of an input with one a line, in pieces ready to send: blank lines are left out, and it is remembered
/// which line each event came from.
final class EventLines: AsyncSequence, Sendable {
    /// What an input holds, by its beginning.
    enum Form {
        /// One event a line: this sequence.
        case lines
        /// One JSON value, all of it.
        case document([UInt8])
    }

    /// More than this of one JSON value is not read.
    private static let documentBytesMax = 65 << 20
    private static let progressInterval = Duration.milliseconds(200)

    private struct State {
        /// What was read to find out the form.
        var ahead: [UInt8]?
        var splitter = LineSplitter()
        var lines = 0
        var events = 0
        var bytes = 0
        /// After `events` events, `blanks` lines held none: one element for each run of blank lines.
        var blankRuns: [(events: Int, blanks: Int)] = []
        var lastProgress: ContinuousClock.Instant?
        var isOver = false
    }

    private let input: InputFile
    private let state = Mutex(State())

    init(_ input: InputFile) { self.input = input }

    /// Reads as much as tells what the input holds: a first line that is a JSON value makes it lines, an opening
    /// bracket, or a first line that goes on, a document.
    /// - Throws: ``CommandFailure`` where there is nothing.
    func begin() async throws -> Form {
        var bytes: [UInt8] = []
        var start: Int?
        var end: Int?
        while end == nil, let piece = try await input.next() {
            let searchFrom = bytes.count
            bytes += piece
            start = start ?? bytes.firstIndex { !$0.isBlank }
            if let start { end = bytes[Swift.max(start, searchFrom)...].firstIndex(of: UInt8(ascii: "\n")) }
        }
        guard let start else { throw CommandFailure("\(input.name) holds no event") }
        let first = Array(bytes[start..<(end ?? bytes.count)])
        if bytes[start] == UInt8(ascii: "[") || Self.goesOn(first) {
            while bytes.count <= Self.documentBytesMax, let piece = try await input.next() { bytes += piece }
            return .document(bytes)
        }
        state.withLock { $0.ahead = bytes }
        return .lines
    }

    /// Whether `line` is the beginning of a JSON value: the only fault is that it ends.
    private static func goesOn(_ line: [UInt8]) -> Bool {
        do {
            _ = try JSONValidator.validate(line)
            return false
        } catch {
            return error.offset >= line.count
        }
    }

    /// The line of an event, both counted from 0 and from 1: the first event is 0, the first line 1.
    func line(ofEvent event: Int) -> Int {
        state.withLock { state in
            event + 1 + state.blankRuns.lazy.prefix { $0.events <= event }.map(\.blanks).reduce(0, +)
        }
    }

    /// How far it got, for a message.
    var progress: String {
        state.withLock { "\($0.events) events had been read" }
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        let lines: EventLines

        func next() async throws -> [UInt8]? { try await lines.next() }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lines: self) }

    private func next() async throws -> [UInt8]? {
        while true {
            var piece = state.withLock { state in
                defer { state.ahead = nil }
                return state.ahead
            }
            if piece == nil { piece = try await input.next() }
            let (ready, isOver) = state.withLock { state in Self.take(piece, &state) }
            if !ready.isEmpty { return ready }
            if isOver { return nil }
        }
    }

    /// Takes a piece of the input, nil at its end. Returns the events that it completes, and whether all are out.
    private static func take(_ piece: [UInt8]?, _ state: inout State) -> (ready: [UInt8], isOver: Bool) {
        var ready: [UInt8] = []
        if state.isOver { return (ready, true) }
        if let piece {
            var splitter = state.splitter
            state.splitter = LineSplitter()
            splitter.append(piece) { take(line: $0, &state, &ready) }
            state.splitter = splitter
        } else {
            state.isOver = true
            if let last = state.splitter.finish() { take(line: last, &state, &ready) }
        }
        state.bytes += ready.count
        showProgress(&state)
        return (ready, state.isOver)
    }

    private static func take(line: [UInt8], _ state: inout State, _ ready: inout [UInt8]) {
        state.lines += 1
        if line.allSatisfy(\.isBlank) {
            if state.blankRuns.last?.events == state.events {
                state.blankRuns[state.blankRuns.count - 1].blanks += 1
            } else {
                state.blankRuns.append((state.events, 1))
            }
        } else {
            state.events += 1
            ready += line
            ready.append(UInt8(ascii: "\n"))
        }
    }

    private static func showProgress(_ state: inout State) {
        guard Terminal.errorIsTerminal else { return }
        let now = ContinuousClock.now
        guard let last = state.lastProgress else { return state.lastProgress = now }
        if state.isOver {
            Terminal.overwrite("")
        } else if now - last >= progressInterval {
            state.lastProgress = now
            Terminal.overwrite("\(state.events) events, \(state.bytes >> 20) MiB sent")
        }
    }
}
