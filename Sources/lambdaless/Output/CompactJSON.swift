/// JSON text on one line, however it was written.
enum CompactJSON {
    /// `text` without the white space between its tokens; what stands in strings is kept.
    static func text(_ text: String) -> String {
        var isInString = false
        var isEscaped = false
        let bytes = text.utf8.filter { byte in
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                return true
            }
            isInString = byte == UInt8(ascii: "\"")
            return byte != 0x20 && !(0x09...0x0D).contains(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
