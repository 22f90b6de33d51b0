/// A place in a text, as people count: lines and columns from 1.
package struct TextPosition: Hashable, Sendable {
    /// From 1; a line ends with LF, CR or CR LF.
    package let line: Int
    /// From 1, in UTF-16 code units.
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The place of the byte at `offset`. Costs a walk over the text before it: errors are rare, so nothing is
    /// counted until one happens.
    package init(of offset: Int, in bytes: Span<UInt8>) {
        var line = 1
        var column = 1
        var index = 0
        let end = min(offset, bytes.count)
        while index < end {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if byte == UInt8(ascii: "\r"), index < end, bytes[index] == UInt8(ascii: "\n") { index += 1 }
                line += 1
                column = 1
            } else {
                column += byte.utf16Length
            }
        }
        self.init(line: line, column: column)
    }
}

extension TextPosition {
    /// The place behind `bytes`, which begin here: for places one after the other, each found from the last.
    package func advanced(over bytes: Span<UInt8>) -> TextPosition {
        let distance = TextPosition(of: bytes.count, in: bytes)
        return TextPosition(
            line: line + distance.line - 1, column: distance.line == 1 ? column + distance.column - 1 : distance.column)
    }
}

extension UInt8 {
    /// How many UTF-16 code units the UTF-8 sequence that starts with this byte makes; 0 for a continuation byte.
    @inline(__always)
    package var utf16Length: Int {
        if self & 0xC0 == 0x80 { return 0 }
        return self >= 0xF0 ? 2 : 1
    }
}
