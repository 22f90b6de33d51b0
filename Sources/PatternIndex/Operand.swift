internal import EventPattern

/// The kind and the operand under which a matcher is kept. Different matchers never have the same.
struct Operand {
    var kind: TestKind
    var bytes: [UInt8] = []

    /// What stands for an address: its family and its bits.
    static let addressLength = 17

    init(_ kind: TestKind, _ bytes: [UInt8] = []) {
        self.kind = kind
        self.bytes = bytes
    }

    init(of matcher: ValueMatcher) {
        switch matcher {
        case .string(let text): self.init(.string, text)
        case .address(let address): self.init(.address, Self.bytes(of: address))
        case .number(let number): self.init(.number, Self.bytes(of: number.value.bitPattern))
        case .spelling(let text): self.init(.spelling, text)
        case .boolean(let boolean): self.init(boolean ? .true : .false)
        case .null: self.init(.null)
        case .prefix(let text): self.init(.prefix, text)
        case .suffix(let text): self.init(.suffix, text)
        case .equalsIgnoreCase(let text): self.init(text, ascii: .folded, other: .casedText)
        case .prefixIgnoreCase(let text): self.init(text, ascii: .foldedPrefix, other: .casedPrefix)
        case .suffixIgnoreCase(let text): self.init(text, ascii: .foldedSuffix, other: .casedSuffix)
        case .wildcard(let wildcard): self.init(.wildcard, Self.bytes(of: wildcard.parts))
        case .numeric(let range): self.init(.range, Self.bytes(of: range))
        case .cidr(let block): self.init(.block, [UInt8(block.prefixLength)] + Self.bytes(of: block.first))
        case .exists(let exists): self.init(exists ? .exists : .absent)
        case .anythingBut(let exclusion): self.init(.exclusion, Self.bytes(of: exclusion))
        }
    }

    /// ASCII text is kept in lower case: no other character folds to an ASCII one, so one comparison decides.
    private init(_ text: FoldedText, ascii: TestKind, other: TestKind) {
        if text.text.allSatisfy({ $0 < 0x80 }) {
            self.init(ascii, text.text.map(Self.lowercase))
        } else {
            self.init(other, Self.bytes(of: text, isReversed: other == .casedSuffix))
        }
    }

    @inline(__always)
    static func lowercase(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    static func bytes(of address: IPAddress) -> [UInt8] {
        [address.family == .v4 ? 4 : 6]
            + (0..<16).map { UInt8(truncatingIfNeeded: address.bits >> UInt128(120 - 8 * $0)) }
    }

    static func bytes(of word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
    }

    private static func bytes(of count: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    }

    /// A list of byte strings: their number, then each with its length before it.
    private static func bytes(of parts: [[UInt8]]) -> [UInt8] {
        parts.reduce(into: bytes(of: parts.count)) { $0 += bytes(of: $1.count) + $1 }
    }

    /// Per character, its lower-case and upper-case forms.
    private static func bytes(of text: FoldedText, isReversed: Bool = false) -> [UInt8] {
        let characters = isReversed ? text.characters.reversed() : text.characters
        return bytes(of: characters.flatMap { [$0.lower, $0.upper] })
    }

    /// The order keys of the least and the greatest number in the range, and which ends are included.
    private static func bytes(of range: NumericRange) -> [UInt8] {
        var least = Int64.min
        var greatest = Int64.max
        if let bound = range.lower {
            let key = NumberText.orderKey(bound.number.value)
            least = bound.isIncluded ? key : key + 1
        }
        if let bound = range.upper {
            let key = NumberText.orderKey(bound.number.value)
            greatest = bound.isIncluded ? key : key - 1
        }
        let form: [UInt8] = [
            range.lower.map { $0.isIncluded ? 2 : 1 } ?? 0, range.upper.map { $0.isIncluded ? 2 : 1 } ?? 0,
        ]
        return bytes(of: UInt64(bitPattern: least)) + bytes(of: UInt64(bitPattern: greatest)) + form
    }

    /// The kind of what is excluded, then the list.
    private static func bytes(of exclusion: ValueMatcher.Exclusion) -> [UInt8] {
        switch exclusion {
        case .strings(let texts): [TestKind.string.rawValue] + bytes(of: texts)
        case .numbers(let numbers):
            [TestKind.number.rawValue] + bytes(of: numbers.map { bytes(of: $0.value.bitPattern) })
        case .prefixes(let texts): [TestKind.prefix.rawValue] + bytes(of: texts)
        case .suffixes(let texts): [TestKind.suffix.rawValue] + bytes(of: texts)
        case .equalsIgnoreCase(let texts):
            [TestKind.casedText.rawValue] + bytes(of: texts.map { bytes(of: $0) })
        case .wildcards(let wildcards): [TestKind.wildcard.rawValue] + bytes(of: wildcards.map { bytes(of: $0.parts) })
        }
    }
}
