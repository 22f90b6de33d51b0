internal import JSONText

/// One alternative of a field: what a value of the event must be. The rules and their sources stand in
/// `Documentation.docc/PatternLanguage.md`.
package enum ValueMatcher: Hashable, Sendable {
    /// A string equal byte for byte: a plain string that is no address, or `exactly`.
    case string([UInt8])
    /// A string that is some spelling of this address: a plain string that is an address literal.
    case address(IPAddress)
    /// A number, or `numeric` with `=`.
    case number(ComparableNumber)
    /// A number that cannot be compared matches its own spelling only.
    case spelling([UInt8])
    case boolean(Bool)
    case null
    case prefix([UInt8])
    case suffix([UInt8])
    case equalsIgnoreCase(FoldedText)
    case prefixIgnoreCase(FoldedText)
    case suffixIgnoreCase(FoldedText)
    case wildcard(Wildcard)
    case numeric(NumericRange)
    case cidr(AddressBlock)
    case exists(Bool)
    case anythingBut(Exclusion)

    /// What `anything-but` excludes. A value of another type always passes.
    package enum Exclusion: Hashable, Sendable {
        case strings([[UInt8]])
        case numbers([ComparableNumber])
        case prefixes([[UInt8]])
        case suffixes([[UInt8]])
        case equalsIgnoreCase([FoldedText])
        case wildcards([Wildcard])
    }

    /// Whether the field may be missing: true of `exists: false` only.
    package var matchesAbsence: Bool { self == .exists(false) }

    /// Whether a leaf value matches. A missing field is not asked about here.
    ///
    /// - Parameter text: a string's meaning, a number's spelling.
    package func matches(_ value: EventValue, _ text: Span<UInt8>) -> Bool {
        switch self {
        case .number(let number): return value.number == number
        case .numeric(let range): return value.number.map(range.contains) ?? false
        case .spelling(let spelling): return value.kind == .number && text.equals(spelling)
        case .boolean(let boolean): return value.kind == (boolean ? .true : .false)
        case .null: return value.kind == .null
        case .exists(let exists): return exists
        case .anythingBut(let exclusion): return !exclusion.contains(value, text)
        default: return value.kind == .string && matches(string: text)
        }
    }

    private func matches(string: Span<UInt8>) -> Bool {
        switch self {
        case .string(let text): string.equals(text)
        case .address(let address): IPAddress(string) == address
        case .cidr(let block): IPAddress(string).map(block.contains) ?? false
        case .prefix(let text): string.hasPrefix(text)
        case .suffix(let text): string.hasSuffix(text)
        case .equalsIgnoreCase(let text): text.equals(string)
        case .prefixIgnoreCase(let text): text.isPrefix(of: string)
        case .suffixIgnoreCase(let text): text.isSuffix(of: string)
        case .wildcard(let wildcard): wildcard.matches(string)
        case .number, .numeric, .spelling, .boolean, .null, .exists, .anythingBut: false
        }
    }
}

extension ValueMatcher.Exclusion {
    fileprivate func contains(_ value: EventValue, _ text: Span<UInt8>) -> Bool {
        if case .numbers(let numbers) = self {
            guard let number = value.number else { return false }
            return numbers.contains(number)
        }
        return value.kind == .string && contains(string: text)
    }

    private func contains(string: Span<UInt8>) -> Bool {
        switch self {
        case .numbers: false
        case .strings(let texts): texts.contains { string.equals($0) }
        case .prefixes(let texts): texts.contains { string.hasPrefix($0) }
        case .suffixes(let texts): texts.contains { string.hasSuffix($0) }
        case .equalsIgnoreCase(let texts): texts.contains { $0.equals(string) }
        case .wildcards(let wildcards): wildcards.contains { $0.matches(string) }
        }
    }
}
