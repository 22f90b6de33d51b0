import JSONDocument
import JSONText

/// What became of the events of one upload, in their order.
struct Results: Sendable {
    private(set) var publishedCount = 0
    private(set) var refusedCount = 0
    /// The first events that were refused, each with its place and the reason.
    private(set) var refusals: [String] = []
    /// The id, where there was just one event.
    private(set) var onlyID: String?

    private static let refusalsMax = 100
    private static let bufferBytesMax = 1 << 16
    private let format: OutputFormat
    private let places: EventLines?
    private var buffer: [UInt8] = []

    /// - Parameter places: knows the line of each event; nil counts the events of a document.
    init(format: OutputFormat, places: EventLines?) {
        self.format = format
        self.places = places
    }

    /// Takes a piece of the answer: `{"FailedEntryCount":…,"Entries":[…]}` with the results of many events, or the
    /// result of one.
    /// - Throws: ``CommandFailure`` where it is neither.
    mutating func take(_ text: [UInt8]) throws {
        do {
            let members = try JSONReader.members(of: text)
            if let entries = members.last(where: { $0.name.elementsEqual("Entries".utf8) }) {
                let list = Array(text[entries.value])
                for entry in try JSONReader.elements(of: list) { try takeEntry(Array(list[entry.value])) }
            } else {
                try takeEntry(text)
            }
        } catch is JSONSyntaxError {
            throw Self.notUnderstood
        }
    }

    /// Writes what waits to be written.
    func flush() { Terminal.write(buffer, to: 1) }

    private mutating func takeEntry(_ text: [UInt8]) throws {
        guard let json = try? JSONValue(parsing: text), let result = EntryResult(json) else { throw Self.notUnderstood }
        let event = publishedCount + refusedCount
        let line = places?.line(ofEvent: event) ?? event + 1
        switch result {
        case .published(let id):
            publishedCount += 1
            onlyID = event == 0 ? id : nil
        case .refused(let code, let message):
            refusedCount += 1
            onlyID = nil
            if refusals.count < Self.refusalsMax {
                refusals.append("\(places == nil ? "event" : "line") \(line): \(message) (\(code))")
            }
        }
        if format == .json {
            buffer += result.line(line) + [UInt8(ascii: "\n")]
            if buffer.count >= Self.bufferBytesMax {
                flush()
                buffer.removeAll(keepingCapacity: true)
            }
        }
    }

    private static let notUnderstood = CommandFailure(
        "the answer does not say what became of the events; is this a lambdaless broker?")
}
