/// Why a text is not a pattern: in AWS's words, and in ours.
public struct EventPatternError: Error, Hashable, Sendable {
    /// What AWS says after `Event pattern is not valid. Reason: `, with the place
    /// (`\n at [Source: (String)"…"; line: 1, column: 5]`) where AWS gives one.
    public let reason: String
    /// The line in the pattern's text, from 1.
    public let line: Int?
    /// The column, from 1, in UTF-16 code units: after what was read when the fault was found.
    public let column: Int?
    /// The JSON path of the part at fault: `$.detail.state[0]`.
    public let path: String
    /// How to put it right, when there is a way that can be told.
    public let hint: String?

    /// The message of AWS's `InvalidEventPatternException`.
    public var message: String { "Event pattern is not valid. Reason: \(reason)" }

    /// `reason` without the places: what is wrong, on one line.
    public var summary: String {
        // Searched byte by byte: a fault may quote any text, also one with line ends of its own.
        let marker = Array("\n at [Source: ".utf8)
        let bytes = Array(reason.utf8)
        var end = bytes.count
        for index in bytes.indices where bytes[index...].starts(with: marker) {
            end = index
            break
        }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    init(reason: String, line: Int?, column: Int?, path: String, hint: String?) {
        self.reason = reason
        self.line = line
        self.column = column
        self.path = path
        self.hint = hint
    }
}

extension EventPatternError: CustomStringConvertible {
    /// One line: what is wrong, where, and how to put it right.
    public var description: String {
        var text = "\(summary) (\(path)"
        if let line, let column { text += ", line \(line), column \(column)" }
        text += ")"
        return hint.map { "\(text): \($0)" } ?? text
    }
}
