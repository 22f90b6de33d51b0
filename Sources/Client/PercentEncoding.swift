/// Percent-encoding (RFC 3986 §2.1) for parts of a request target.
package enum PercentEncoding {
    /// `text` with everything encoded that is not unreserved.
    package static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// `?a=b&c=d`; empty for no parameters.
    package static func query(_ parameters: [(name: String, value: String)]) -> String {
        parameters.enumerated().map { index, parameter in
            (index == 0 ? "?" : "&") + encode(parameter.name) + "=" + encode(parameter.value)
        }.joined()
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
