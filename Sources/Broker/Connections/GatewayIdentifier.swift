/// What connection ids and request ids have in common: 15 characters of base64url and a `=`.
///
/// API Gateway does not document the form. All public samples are 11 bytes of which the ninth tells connections (`02`)
/// and requests (`05`) apart. Ids are made in that form, and any 15 characters are taken for well-formed. All 90 bits
/// are kept, so two texts never stand for the same id.
struct GatewayIdentifier: Hashable, Sendable {
    /// The first ten characters, six bits each.
    private let high: UInt64
    /// The last five characters.
    private let low: UInt32

    /// An identifier of 80 given bits.
    ///
    /// - Parameters:
    ///   - kind: the ninth byte.
    ///   - random: where the other bits come from. For connections the system: they must not be foreseeable, as an id is
    ///     all that is needed to send to a connection of a broker without credentials.
    init(kind: UInt8, random: (UInt64, UInt32)) {
        // 60 bits come before the low word; in it the ninth byte begins 4 bits down, and the last 2 bits are no byte's.
        let free = random.1 & (1 << 30 - 1) & ~(0xff << 18) & ~0b11
        self.init(high: random.0 & (1 << 60 - 1), low: free | UInt32(kind) << 18)
    }

    private init(high: UInt64, low: UInt32) {
        self.high = high
        self.low = low
    }

    init?(_ text: some StringProtocol) {
        var high: UInt64 = 0
        var low: UInt32 = 0
        var position = 0
        for byte in text.utf8 {
            if position < 15 {
                guard let bits = Self.bits(byte) else { return nil }
                if position < 10 { high = high << 6 | UInt64(bits) } else { low = low << 6 | UInt32(bits) }
            } else if position > 15 || byte != UInt8(ascii: "=") {
                return nil
            }
            position += 1
        }
        guard position == 16 else { return nil }
        self.init(high: high, low: low)
    }

    /// The characters of the text, in ASCII.
    var characters: InlineArray<16, UInt8> {
        var text = InlineArray<16, UInt8>(repeating: UInt8(ascii: "="))
        for place in 0..<10 { text[place] = Self.character(Int(high >> UInt64(54 - 6 * place) & 63)) }
        for place in 0..<5 { text[10 + place] = Self.character(Int(low >> UInt32(24 - 6 * place) & 63)) }
        return text
    }

    var text: String {
        let characters = characters
        let span = characters.span
        // The pointer is read only while the span lends the characters.
        return unsafe span.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private static func bits(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    /// - Parameter bits: six of them.
    private static func character(_ bits: Int) -> UInt8 {
        // The alphabet is a constant of the program with 64 characters, which is as many as six bits tell apart.
        unsafe alphabet.utf8Start[bits & 63]
    }
}
