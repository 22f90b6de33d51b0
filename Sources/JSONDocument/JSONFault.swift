/// Why a text is not the JSON document that it should be.
package struct JSONFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in Jansson's words, without the place.
    package let reason: String
    /// The line, from 1.
    package let line: Int
    /// The column on that line, in characters, from 1; 0 where the fault lies before the first character of a line.
    package let column: Int

    package init(reason: String, line: Int, column: Int) {
        self.reason = reason
        self.line = line
        self.column = column
    }

    package var description: String { "\(reason) (line \(line), column \(column))" }
}
