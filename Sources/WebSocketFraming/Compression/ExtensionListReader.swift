/// Reads the list of extensions in a header (RFC 6455 §9.1), names in lower case. It ends at the first fault: what
/// stands behind means nothing.
struct ExtensionListReader {
    struct Parameter: Hashable {
        let name: String
        let value: String?
    }

    struct Extension: Hashable {
        let name: String
        let parameters: [Parameter]
    }

    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = text[...].utf8
    }

    mutating func next() -> Extension? {
        // A list may have empty elements (RFC 9110 §5.6.1).
        repeat { skipBlanks() } while take(",")
        guard let name = token() else { return nil }
        var parameters: [Parameter] = []
        skipBlanks()
        while take(";") {
            skipBlanks()
            guard let name = token() else { return fail() }
            skipBlanks()
            var value: String?
            if take("=") {
                skipBlanks()
                guard let text = rest.first == UInt8(ascii: "\"") ? quoted() : token() else { return fail() }
                value = text
            }
            parameters.append(Parameter(name: name.lowercased(), value: value))
            skipBlanks()
        }
        guard rest.isEmpty || take(",") else { return fail() }
        return Extension(name: name.lowercased(), parameters: parameters)
    }

    private mutating func fail() -> Extension? {
        rest = rest.suffix(0)
        return nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipBlanks() {
        while rest.first == UInt8(ascii: " ") || rest.first == UInt8(ascii: "\t") { rest.removeFirst() }
    }

    private mutating func token() -> String? {
        let bytes = rest.prefix(while: Self.isTokenByte)
        guard !bytes.isEmpty else { return nil }
        rest = rest[bytes.endIndex...]
        return String(Substring(bytes))
    }

    /// A quoted string, whose content must be a token.
    private mutating func quoted() -> String? {
        rest.removeFirst()
        var text = ""
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return text.isEmpty ? nil : text }
            guard let literal = byte == UInt8(ascii: "\\") ? rest.popFirst() : byte, Self.isTokenByte(literal) else {
                return nil
            }
            text.unicodeScalars.append(Unicode.Scalar(literal))
        }
        return nil
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
