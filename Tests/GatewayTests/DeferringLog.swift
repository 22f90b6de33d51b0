import Dispatch
import EventLog
import Synchronization

/// A log that answers whoever has no task later, from a thread of its own, as one on disk does.
final class DeferringLog: PromptEventLog {
    typealias Answer = @Sendable (Result<[SequenceNumber], any Error>) -> Void

    let memory: MemoryEventLog
    private let waiting = Mutex<[(events: [Event], answer: Answer)]>([])
    private let queue = DispatchQueue(label: "DeferringLog")

    init(_ memory: MemoryEventLog = MemoryEventLog()) {
        self.memory = memory
    }

    func append(_ events: [Event], later: @escaping Answer) throws -> [SequenceNumber]? {
        waiting.withLock { $0.append((events, later)) }
        return nil
    }

    func proceed() {
        queue.async { [self] in
            let work = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            for (events, answer) in work { answer(Result { try memory.append(events) }) }
        }
    }

    func append(_ events: [Event]) async throws -> [SequenceNumber] { try memory.append(events) }
    func read(after sequence: SequenceNumber, maxEvents: Int, maxBytes: Int) -> LogSlice {
        memory.read(after: sequence, maxEvents: maxEvents, maxBytes: maxBytes)
    }
    func head() -> SequenceNumber { memory.head() }
    func oldest() -> SequenceNumber? { memory.oldest() }
    func place(of id: EventID) -> SequenceNumber? { memory.place(of: id) }
    func place(before time: Int64) -> SequenceNumber { memory.place(before: time) }
    func contents() -> LogContents? { memory.contents() }
    func close() { memory.close() }
    func tail() -> AsyncStream<SequenceNumber> { memory.tail() }
}
