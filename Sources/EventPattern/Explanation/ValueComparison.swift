internal import JSONText

/// Finds how the values of a field miss what a pattern asks for, where they come close.
struct ValueComparison {
    private let matchers: [ValueMatcher]
    private let outline: EventOutline

    init(_ matchers: [ValueMatcher], _ outline: EventOutline) {
        self.matchers = matchers
        self.outline = outline
    }

    func cause(for values: [EventOutline.Value]) -> MissCause {
        if matchers.allSatisfy(\.matchesAbsence) { return .present }
        for value in values {
            let meaning = outline.meaning(of: value)
            for matcher in matchers {
                if let cause = nearMiss(matcher, value.kind, meaning) { return cause }
            }
        }
        return wantsAddresses && !values.contains(where: isAddress) ? .notAnAddress : .valueDiffers
    }

    private var wantsAddresses: Bool {
        matchers.allSatisfy { matcher in
            if case .cidr = matcher { true } else { false }
        }
    }

    private func isAddress(_ value: EventOutline.Value) -> Bool {
        value.kind == .string && IPAddress(outline.meaning(of: value).span) != nil
    }

    private func nearMiss(_ matcher: ValueMatcher, _ kind: JSONKind, _ meaning: [UInt8]) -> MissCause? {
        switch (matcher, kind) {
        case (.string(let text), .number) where Self.isNumber(text): return .numberForString
        case (.number, .string) where Self.isNumber(meaning): return .stringForNumber
        case (.numeric, .string) where Self.isNumber(meaning): return .stringForNumber
        case (.numeric, .number) where ComparableNumber(meaning.span) == nil: return .numberNotComparable
        case (.number, .number) where ComparableNumber(meaning.span) == nil: return .numberNotComparable
        case (.string(let text), .true), (.string(let text), .false), (.string(let text), .null):
            return text == meaning ? .wordForString : nil
        case (.boolean(let boolean), .string): return Self.text(meaning) == "\(boolean)" ? .wordForString : nil
        case (.null, .string): return Self.text(meaning) == "null" ? .wordForString : nil
        case (.string(let text), .string): return Self.nearMiss(text, meaning)
        case (.prefix(let text), .string): return Self.nearMiss(text, Array(meaning.prefix(text.count)))
        case (.suffix(let text), .string): return Self.nearMiss(text, Array(meaning.suffix(text.count)))
        default: return nil
        }
    }

    private static func nearMiss(_ expected: [UInt8], _ actual: [UInt8]) -> MissCause? {
        if text(expected).lowercased() == text(actual).lowercased() { return .valueDiffersInCase }
        return trimmed(expected) == trimmed(actual) && !trimmed(actual).isEmpty ? .valueDiffersInSpace : nil
    }

    private static func isNumber(_ text: [UInt8]) -> Bool { ComparableNumber(text.span) != nil }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || (0x09...0x0D).contains($0) }
        let rest = bytes.drop(while: isSpace)
        return rest[..<(rest.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? rest.startIndex)]
    }
}
