/// The head of a request or response, as far as its end can be told from it: for peers that send `Content-Length` or
/// no body.
struct HTTPMessageHead {
    /// Up to and with the empty line.
    let byteCount: Int
    let contentLength: Int
    /// Of a response; 0 for a request.
    let status: Int

    private static let lengthName = Array("content-length:".utf8)

    /// `nil` when the head is not complete.
    init?(_ bytes: Span<UInt8>) {
        var length = 0
        var lineStart = 0
        var end: Int?
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            if index - lineStart <= 1 {
                end = index + 1
                break
            }
            length = Self.length(bytes.extracting(lineStart..<index)) ?? length
            lineStart = index + 1
        }
        guard let end else { return nil }
        byteCount = end
        contentLength = length
        status = bytes[0] == UInt8(ascii: "H") && bytes.count > 12 ? Self.number(bytes.extracting(9..<12)) : 0
    }

    private static func length(_ line: Span<UInt8>) -> Int? {
        guard line.count > lengthName.count else { return nil }
        for index in lengthName.indices where line[index] | 0x20 != lengthName[index] | 0x20 { return nil }
        return number(line.extracting(droppingFirst: lengthName.count))
    }

    /// The number that the digits in `text` make, whatever stands around them.
    private static func number(_ text: Span<UInt8>) -> Int {
        var value = 0
        for index in text.indices where text[index] >= UInt8(ascii: "0") && text[index] <= UInt8(ascii: "9") {
            value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
        }
        return value
    }
}
