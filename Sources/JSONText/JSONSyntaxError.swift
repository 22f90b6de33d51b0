/// Text that is not JSON: what is wrong and where.
///
/// The wording is that of Jackson, the parser behind EventBridge, so that the text users see is the text AWS shows.
public struct JSONSyntaxError: Error, Hashable, Sendable {
    /// What is wrong, in Jackson's words, without the position.
    public let message: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1, in UTF-16 code units as Jackson counts.
    public let column: Int
    /// The same place as a byte offset into the text, from 0.
    public let offset: Int
    /// Whether a size limit was hit. Jackson reports these without a position.
    package let isLimit: Bool

    /// Describes a fault found by a caller of this module at a place it knows.
    public init(message: String, line: Int, column: Int, offset: Int) {
        self.init(message: message, position: TextPosition(line: line, column: column), offset: offset, isLimit: false)
    }

    init(message: String, position: TextPosition, offset: Int, isLimit: Bool) {
        self.message = message
        self.line = position.line
        self.column = position.column
        self.offset = offset
        self.isLimit = isLimit
    }
}

extension JSONSyntaxError: CustomStringConvertible {
    /// The message with its place, on one line.
    public var description: String { "\(message) (line \(line), column \(column))" }
}
