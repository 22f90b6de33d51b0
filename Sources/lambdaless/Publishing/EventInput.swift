import JSONText

/// What an input holds, by its beginning.
enum EventInput {
    /// One event a line.
    case lines(EventLines)
    /// One JSON value, all of it.
    case document([UInt8])

    /// More than this of one JSON value is not read.
    private static let documentBytesMax = 65 << 20

    /// Reads as much of `input` as tells what it holds: a first line that is a JSON object makes it lines; an opening
    /// bracket, a first line that goes on in the next, or a first line without an end makes it a document.
    /// - Throws: ``CommandFailure`` where there is nothing.
    static func begin(_ input: InputFile) async throws -> EventInput {
        var bytes: [UInt8] = []
        var start: Int?
        var end: Int?
        while end == nil, let piece = try await input.next() {
            let searchFrom = bytes.count
            bytes += piece
            start = start ?? bytes.firstIndex { !$0.isBlank }
            if let start { end = bytes[max(start, searchFrom)...].firstIndex(of: UInt8(ascii: "\n")) }
        }
        guard let start else { throw CommandFailure("\(input.name) holds no event") }
        guard let end else { return .document(bytes) }
        if bytes[start] == UInt8(ascii: "[") || goesOn(Array(bytes[start..<end])) {
            while bytes.count <= documentBytesMax, let piece = try await input.next() { bytes += piece }
            return .document(bytes)
        }
        return .lines(EventLines(bytes, then: input))
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
}
